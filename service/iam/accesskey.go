package iam

import (
	"fmt"
	"slices"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// AccessKey is a long-term access key as stored.
type AccessKey struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	UserID  string    `json:"userId"` // owner by unique ID: a re-created user does not inherit it
	Secret  []byte    `json:"secret"` // sealed under this table and ID
	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
}

var accessKeys = &store.Table[AccessKey]{
	Name:   "iam.access-key",
	Key:    func(k *AccessKey) store.Key { return store.K(k.ID) },
	Refs:   map[string]func(*AccessKey) []store.Key{"user": func(k *AccessKey) []store.Key { return []store.Key{store.K(k.Account, k.UserID)} }},
	Cached: true,
}

// maxAccessKeys is the quota of one user. IAM User Guide: "IAM and AWS STS quotas".
const maxAccessKeys = 2

// Statuses of an access key.
const (
	statusActive   = "Active"
	statusInactive = "Inactive"
)

// insertKey stores a key of the user with its secret sealed.
func insertKey(tx store.Tx, d service.Deps, u *User, id, secret string, now time.Time) error {
	k := &AccessKey{ID: id, Account: u.Account, UserID: u.ID, Active: true, Created: now}
	var err error
	if k.Secret, err = d.Seal.Seal(accessKeys.Name, accessKeys.Key(k), []byte(secret)); err != nil {
		return fmt.Errorf("seal the secret of access key %s: %w", id, err)
	}
	return accessKeys.Insert(tx, k)
}

func (s *Service) accessKeyOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateAccessKey, onUser(func(in *api.CreateAccessKeyInput) *string { return in.UserName }), s.createAccessKey),
		service.Writes(api.OpUpdateAccessKey, onUser(func(in *api.UpdateAccessKeyInput) *string { return in.UserName }), s.updateAccessKey),
		orRoot(service.Writes(api.OpDeleteAccessKey, onUser(func(in *api.DeleteAccessKeyInput) *string { return in.UserName }), s.deleteAccessKey),
			func(in *api.DeleteAccessKeyInput) *string { return in.UserName }, s.deleteRootKey),
		orRoot(service.Reads(api.OpListAccessKeys, onUser(func(in *api.ListAccessKeysInput) *string { return in.UserName }), s.listAccessKeys),
			func(in *api.ListAccessKeysInput) *string { return in.UserName }, s.listRootKeys),
		service.Reads(api.OpGetAccessKeyLastUsed, s.onKeyOwner, s.getAccessKeyLastUsed),
	}
}

// status is the key's status as the API shows it.
func (k *AccessKey) status() *string {
	if k.Active {
		return new(statusActive)
	}
	return new(statusInactive)
}

// keysOfUser are the user's keys, oldest first.
func keysOfUser(tx store.Tx, u *User) ([]*AccessKey, error) {
	keys, err := accessKeys.ListRef(tx, "user", store.K(u.Account, u.ID), nil, 0)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(keys.Items, func(a, b *AccessKey) int { return a.Created.Compare(b.Created) })
	return keys.Items, nil
}

// userKey returns the user in question, the caller's own without a name, and that key of its.
func (s *Service) userKey(c *service.Call, name, id *string) (*User, *AccessKey, error) {
	n, err := userName(c, name)
	if err != nil {
		return nil, nil, err
	}
	u, err := s.user(c, n)
	if err != nil {
		return nil, nil, err
	}
	k, err := accessKeys.Get(c.Tx, store.K(*id))
	if store.IsAbsent(err) || err == nil && (k.Account != u.Account || k.UserID != u.ID) {
		return nil, nil, noSuchKey(*id)
	}
	return u, k, err
}

func noSuchKey(id string) error {
	return api.NoSuchEntityException.New("The Access Key with id %s cannot be found.", id)
}

func (s *Service) createAccessKey(c *service.Call, in *api.CreateAccessKeyInput) (*api.CreateAccessKeyOutput, error) {
	name, err := userName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, name)
	if err != nil {
		return nil, err
	}
	keys, err := keysOfUser(c.Tx, u)
	if err != nil {
		return nil, err
	}
	if len(keys) >= maxAccessKeys {
		return nil, over("AccessKeysPerUser", maxAccessKeys)
	}
	id, err := NewAccessKeyID(s.Rand, longTermPrefix, c.Account)
	if err != nil {
		return nil, err
	}
	secret, err := newSecret(s.Rand)
	if err != nil {
		return nil, err
	}
	now := seconds(c.Time)
	if err := insertKey(c.Tx, s.Deps, u, id, secret, now); err != nil {
		return nil, err
	}
	return &api.CreateAccessKeyOutput{AccessKey: &api.AccessKey{
		AccessKeyId: &id, SecretAccessKey: &secret, Status: new(statusActive), UserName: &u.Name, CreateDate: &now,
	}}, nil
}

func (s *Service) updateAccessKey(c *service.Call, in *api.UpdateAccessKeyInput) (*api.UpdateAccessKeyOutput, error) {
	_, k, err := s.userKey(c, in.UserName, in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	switch *in.Status {
	case statusActive:
		k.Active = true
	case statusInactive:
		k.Active = false
	default: // Expired is a status that is shown, not one that can be set
		return nil, ValidationError.New("1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set")
	}
	return &api.UpdateAccessKeyOutput{}, accessKeys.Update(c.Tx, k)
}

func (s *Service) deleteAccessKey(c *service.Call, in *api.DeleteAccessKeyInput) (*api.DeleteAccessKeyOutput, error) {
	_, k, err := s.userKey(c, in.UserName, in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	if err := forgetKey(c.Tx, k.ID); err != nil {
		return nil, err
	}
	return &api.DeleteAccessKeyOutput{}, accessKeys.Delete(c.Tx, accessKeys.Key(k))
}

func (s *Service) listAccessKeys(c *service.Call, in *api.ListAccessKeysInput) (*api.ListAccessKeysOutput, error) {
	name, err := userName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, name)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	keys, err := keysOfUser(c.Tx, u)
	if err != nil {
		return nil, err
	}
	keys, next := cut(keys, p, func(k *AccessKey) string { return k.Created.Format(time.RFC3339) + k.ID })
	out := &api.ListAccessKeysOutput{AccessKeyMetadata: make([]api.AccessKeyMetadata, len(keys))}
	for i, k := range keys {
		out.AccessKeyMetadata[i] = api.AccessKeyMetadata{AccessKeyId: &k.ID, CreateDate: &k.Created, Status: k.status(), UserName: &u.Name}
	}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

// keyOwner returns the user that holds the key of that ID.
func keyOwner(c *service.Call, id string) (*User, error) {
	k, err := accessKeys.Get(c.Tx, store.K(id))
	if err != nil {
		return nil, err
	}
	if k.Account != c.Account {
		return nil, store.ErrNotFound
	}
	return users.ByUnique(c.Tx, "id", store.K(k.Account, k.UserID))
}

// onKeyOwner asks for the user that holds the key; for a key that does not exist, for all users.
func (s *Service) onKeyOwner(c *service.Call, in *api.GetAccessKeyLastUsedInput) ([]service.Question, error) {
	u, err := keyOwner(c, wire.Text(in.AccessKeyId))
	if store.IsAbsent(err) {
		return []service.Question{{Resource: entityARN(c.Account, "user", "/", "*"), ResourceType: typeUser}}, nil
	}
	if err != nil {
		return nil, err
	}
	return []service.Question{{Resource: u.ARN(), Context: condition{}.resourceTags(u.Tags), ResourceType: typeUser}}, nil
}

func (s *Service) getAccessKeyLastUsed(c *service.Call, in *api.GetAccessKeyLastUsedInput) (*api.GetAccessKeyLastUsedOutput, error) {
	u, err := keyOwner(c, *in.AccessKeyId)
	if store.IsAbsent(err) {
		return nil, noSuchKey(*in.AccessKeyId)
	}
	if err != nil {
		return nil, err
	}
	used, err := lastUse(c.Tx, lastUsedKey, *in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	shown := &api.AccessKeyLastUsed{Region: new(notUsed), ServiceName: new(notUsed)}
	if used != nil {
		shown.LastUsedDate, shown.Region, shown.ServiceName = &used.Time, &used.Region, new(strings.TrimSuffix(used.Service, ".amazonaws.com"))
	}
	return &api.GetAccessKeyLastUsedOutput{UserName: &u.Name, AccessKeyLastUsed: shown}, nil
}

// notUsed is what the API shows of a key that was never used.
const notUsed = "N/A"
