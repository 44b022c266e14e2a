package iam

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// ServiceCredential is a user's name and password, or API key, for one service that does not take signatures.
type ServiceCredential struct {
	Account string    `json:"account"`
	UserID  string    `json:"userId"`
	ID      string    `json:"id"` // ACCA…
	Service string    `json:"service"`
	Name    string    `json:"name"`             // ServiceUserName, or the alias of an API key
	Secret  []byte    `json:"secret"`           // SHA-256: the secret itself is shown once and has 256 random bits and more
	Expires time.Time `json:"expires,omitzero"` // of API keys
	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
}

// credentialsPerService is the quota of one user for each service.
const credentialsPerService = 2

// credentialKind says what a service takes: an API key, or else a name and password.
// IAM User Guide: "Use service-specific credentials with CodeCommit", "… Amazon Keyspaces", "API keys for Amazon Bedrock".
type credentialKind struct{ apiKey bool }

var credentialServices = map[string]credentialKind{
	"codecommit.amazonaws.com": {},
	"cassandra.amazonaws.com":  {},
	"bedrock.amazonaws.com":    {apiKey: true},
}

var serviceCredentials = &store.Table[ServiceCredential]{
	Name: "iam.service-credential",
	Key:  func(k *ServiceCredential) store.Key { return store.K(k.Account, k.ID) },
	Refs: map[string]func(*ServiceCredential) []store.Key{"user": func(k *ServiceCredential) []store.Key {
		return []store.Key{store.K(k.Account, k.UserID)}
	}},
}

func (s *Service) serviceCredentialOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateServiceSpecificCredential, onUser(func(in *api.CreateServiceSpecificCredentialInput) *string { return in.UserName },
			func(in *api.CreateServiceSpecificCredentialInput, k condition) {
				k.set("iam:ServiceSpecificCredentialServiceName", wire.Text(in.ServiceName))
				if in.CredentialAgeDays != nil {
					k.set("iam:ServiceSpecificCredentialAgeDays", strconv.FormatInt(*in.CredentialAgeDays, 10))
				}
			}), s.createServiceCredential),
		service.Reads(api.OpListServiceSpecificCredentials, onServiceCredentials, s.listServiceCredentials),
		service.Writes(api.OpUpdateServiceSpecificCredential,
			onServiceCredential(func(in *api.UpdateServiceSpecificCredentialInput) (*string, *string) {
				return in.UserName, in.ServiceSpecificCredentialId
			}), s.updateServiceCredential),
		service.Writes(api.OpResetServiceSpecificCredential,
			onServiceCredential(func(in *api.ResetServiceSpecificCredentialInput) (*string, *string) {
				return in.UserName, in.ServiceSpecificCredentialId
			}), s.resetServiceCredential),
		service.Writes(api.OpDeleteServiceSpecificCredential,
			onServiceCredential(func(in *api.DeleteServiceSpecificCredentialInput) (*string, *string) {
				return in.UserName, in.ServiceSpecificCredentialId
			}), s.deleteServiceCredential),
	}
}

// onServiceCredential asks for the user, with the service that the credential is for.
func onServiceCredential[In any](names func(*In) (user, id *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		user, id := names(in)
		qs, err := onUser(func(*In) *string { return user })(c, in)
		if err != nil {
			return nil, err
		}
		k, err := serviceCredentials.Get(c.Tx, store.K(c.Account, wire.Text(id)))
		if err == nil {
			qs[0].Context["iam:ServiceSpecificCredentialServiceName"] = []string{k.Service}
		} else if !store.IsAbsent(err) {
			return nil, err
		}
		return qs, nil
	}
}

// onServiceCredentials asks for the user, or for all of them.
func onServiceCredentials(c *service.Call, in *api.ListServiceSpecificCredentialsInput) ([]service.Question, error) {
	if in.AllUsers != nil && *in.AllUsers {
		return []service.Question{{Resource: "arn:aws:iam::" + c.Account + ":user/*"}}, nil
	}
	return onUser(func(in *api.ListServiceSpecificCredentialsInput) *string { return in.UserName })(c, in)
}

// newServicePassword is 60 characters, the base64 form of 44 random bytes, as AWS's are.
func newServicePassword(r io.Reader) (string, error) {
	var b [44]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b[:]), nil
}

// renew gives the credential a new secret and returns it.
func (k *ServiceCredential) renew(r io.Reader) (string, error) {
	secret, err := newServicePassword(r)
	if err != nil {
		return "", err
	}
	if credentialServices[k.Service].apiKey {
		secret = "ABSK" + base64.StdEncoding.EncodeToString([]byte(k.Name+":"+secret))
	}
	sum := sha256.Sum256([]byte(secret))
	k.Secret = sum[:]
	return secret, nil
}

// shown is the credential with its secret, which is shown when it is made and never again.
func (k *ServiceCredential) shown(u *User, secret string) *api.ServiceSpecificCredential {
	m := k.metadata(u)
	out := &api.ServiceSpecificCredential{
		CreateDate: m.CreateDate, ExpirationDate: m.ExpirationDate, ServiceCredentialAlias: m.ServiceCredentialAlias, ServiceName: m.ServiceName,
		ServiceSpecificCredentialId: m.ServiceSpecificCredentialId, ServiceUserName: m.ServiceUserName, Status: m.Status, UserName: m.UserName,
	}
	if m.ServiceCredentialAlias != nil {
		out.ServiceCredentialSecret = &secret
	} else {
		out.ServicePassword = &secret
	}
	return out
}

func (k *ServiceCredential) metadata(u *User) *api.ServiceSpecificCredentialMetadata {
	out := &api.ServiceSpecificCredentialMetadata{
		CreateDate: &k.Created, ServiceName: &k.Service, ServiceSpecificCredentialId: &k.ID, Status: new(status(k.Active)), UserName: &u.Name,
	}
	if credentialServices[k.Service].apiKey {
		out.ServiceCredentialAlias = &k.Name
	} else {
		out.ServiceUserName = &k.Name
	}
	if !k.Expires.IsZero() {
		out.ExpirationDate = &k.Expires
	}
	return out
}

func noSuchService(name string) error {
	return api.NoSuchEntityException.New("No such service %s is supported for Service Specific Credentials", name)
}

func (s *Service) createServiceCredential(c *service.Call, in *api.CreateServiceSpecificCredentialInput) (*api.CreateServiceSpecificCredentialOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	kind, ok := credentialServices[*in.ServiceName]
	if !ok {
		return nil, noSuchService(*in.ServiceName)
	}
	k := &ServiceCredential{Account: c.Account, UserID: u.ID, Service: *in.ServiceName, Active: true, Created: seconds(c.Time)}
	if in.CredentialAgeDays != nil {
		if !kind.apiKey {
			return nil, ValidationError.New("CredentialAgeDays is not supported for %s.", k.Service)
		}
		k.Expires = k.Created.AddDate(0, 0, int(*in.CredentialAgeDays))
	}
	if k.Name, err = freeServiceName(c, u, k.Service, kind); err != nil {
		return nil, err
	}
	if k.ID, err = newUniqueID(s.Rand, serviceCredPrefix); err != nil {
		return nil, err
	}
	secret, err := k.renew(s.Rand)
	if err != nil {
		return nil, err
	}
	return &api.CreateServiceSpecificCredentialOutput{ServiceSpecificCredential: k.shown(u, secret)}, serviceCredentials.Insert(c.Tx, k)
}

// freeServiceName is the name of the user's next credential for the service: NAME-at-ACCOUNT, then NAME+1-at-ACCOUNT.
func freeServiceName(c *service.Call, u *User, svc string, kind credentialKind) (string, error) {
	taken := map[string]bool{}
	for k, err := range serviceCredentials.EachRef(c.Tx, "user", userRef(u)) {
		if err != nil {
			return "", err
		}
		if k.Service == svc {
			taken[k.Name] = true
		}
	}
	if len(taken) >= credentialsPerService {
		return "", over("ServiceSpecificCredentialsPerUser", credentialsPerService)
	}
	prefix := ""
	if kind.apiKey {
		prefix = "BedrockAPIKey-"
	}
	name := prefix + u.Name + "-at-" + u.Account
	if taken[name] {
		name = prefix + u.Name + "+1-at-" + u.Account
	}
	return name, nil
}

// serviceCredential is the user in question and its credential of that ID.
func (s *Service) serviceCredential(c *service.Call, user *string, id string) (*User, *ServiceCredential, error) {
	u, err := s.ownUser(c, user)
	if err != nil {
		return nil, nil, err
	}
	k, err := serviceCredentials.Get(c.Tx, store.K(c.Account, id))
	if store.IsAbsent(err) || err == nil && k.UserID != u.ID {
		return nil, nil, api.NoSuchEntityException.New("No such credential %s exists", id)
	}
	return u, k, err
}

func (s *Service) listServiceCredentials(c *service.Call, in *api.ListServiceSpecificCredentialsInput) (*api.ListServiceSpecificCredentialsOutput, error) {
	if in.ServiceName != nil {
		if _, ok := credentialServices[*in.ServiceName]; !ok {
			return nil, noSuchService(*in.ServiceName)
		}
	}
	out := &api.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []api.ServiceSpecificCredentialMetadata{}}
	if in.AllUsers != nil && *in.AllUsers {
		return out, s.listAllServiceCredentials(c, in, out)
	}
	u, err := s.ownUser(c, in.UserName)
	if err != nil {
		return nil, err
	}
	items, next, more, err := ofUser(c, serviceCredentials, u, in.Marker, in.MaxItems)
	for _, k := range items {
		if in.ServiceName == nil || *in.ServiceName == k.Service {
			out.ServiceSpecificCredentials = append(out.ServiceSpecificCredentials, *k.metadata(u))
		}
	}
	out.Marker, out.IsTruncated = next, more
	return out, err
}

func (s *Service) listAllServiceCredentials(
	c *service.Call, in *api.ListServiceSpecificCredentialsInput, out *api.ListServiceSpecificCredentialsOutput,
) error {
	if in.UserName != nil {
		return ValidationError.New("UserName and AllUsers exclude each other.")
	}
	var page []*ServiceCredential
	next, err := list(c, serviceCredentials, in.Marker, in.MaxItems, func(k *ServiceCredential) bool {
		if in.ServiceName != nil && *in.ServiceName != k.Service {
			return false
		}
		page = append(page, k)
		return true
	})
	if err != nil {
		return err
	}
	for _, k := range page {
		u, err := users.ByUnique(c.Tx, "id", store.K(k.Account, k.UserID)) // a user with credentials cannot be deleted
		if err != nil {
			return err
		}
		out.ServiceSpecificCredentials = append(out.ServiceSpecificCredentials, *k.metadata(u))
	}
	out.Marker, out.IsTruncated = marker(next)
	return nil
}

func (s *Service) updateServiceCredential(c *service.Call, in *api.UpdateServiceSpecificCredentialInput) (*api.UpdateServiceSpecificCredentialOutput, error) {
	_, k, err := s.serviceCredential(c, in.UserName, *in.ServiceSpecificCredentialId)
	if err != nil {
		return nil, err
	}
	if k.Active, err = activity(*in.Status); err != nil {
		return nil, err
	}
	return &api.UpdateServiceSpecificCredentialOutput{}, serviceCredentials.Update(c.Tx, k)
}

func (s *Service) resetServiceCredential(c *service.Call, in *api.ResetServiceSpecificCredentialInput) (*api.ResetServiceSpecificCredentialOutput, error) {
	u, k, err := s.serviceCredential(c, in.UserName, *in.ServiceSpecificCredentialId)
	if err != nil {
		return nil, err
	}
	secret, err := k.renew(s.Rand)
	if err != nil {
		return nil, err
	}
	return &api.ResetServiceSpecificCredentialOutput{ServiceSpecificCredential: k.shown(u, secret)}, serviceCredentials.Update(c.Tx, k)
}

func (s *Service) deleteServiceCredential(c *service.Call, in *api.DeleteServiceSpecificCredentialInput) (*api.DeleteServiceSpecificCredentialOutput, error) {
	_, k, err := s.serviceCredential(c, in.UserName, *in.ServiceSpecificCredentialId)
	if err != nil {
		return nil, err
	}
	return &api.DeleteServiceSpecificCredentialOutput{}, serviceCredentials.Delete(c.Tx, serviceCredentials.Key(k))
}
