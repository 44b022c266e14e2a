package iam

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/store"
)

// SSHPublicKey is a user's RSA key for CodeCommit.
type SSHPublicKey struct {
	Account  string    `json:"account"`
	UserID   string    `json:"userId"`
	ID       string    `json:"id"`   // APKA…
	Body     string    `json:"body"` // as uploaded
	Blob     []byte    `json:"blob"` // the key alone, in the encoding of RFC 4253, section 6.6
	Active   bool      `json:"active"`
	Uploaded time.Time `json:"uploaded"`
}

const (
	sshKeysPerUser = 5
	minSSHKeyBits  = 2048
	maxSSHKeyBits  = 16384
)

var sshKeys = &store.Table[SSHPublicKey]{
	Name: "iam.ssh-public-key",
	Key:  func(k *SSHPublicKey) store.Key { return store.K(k.Account, k.ID) },
	Refs: map[string]func(*SSHPublicKey) []store.Key{"user": func(k *SSHPublicKey) []store.Key {
		return []store.Key{store.K(k.Account, k.UserID)}
	}},
}

func (s *Service) sshKeyOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpUploadSSHPublicKey, onUser(func(in *api.UploadSSHPublicKeyInput) *string { return in.UserName }), s.uploadSSHPublicKey),
		service.Reads(api.OpGetSSHPublicKey, onUser(func(in *api.GetSSHPublicKeyInput) *string { return in.UserName }), s.getSSHPublicKey),
		service.Reads(api.OpListSSHPublicKeys, onUser(func(in *api.ListSSHPublicKeysInput) *string { return in.UserName }), s.listSSHPublicKeys),
		service.Writes(api.OpUpdateSSHPublicKey, onUser(func(in *api.UpdateSSHPublicKeyInput) *string { return in.UserName }), s.updateSSHPublicKey),
		service.Writes(api.OpDeleteSSHPublicKey, onUser(func(in *api.DeleteSSHPublicKeyInput) *string { return in.UserName }), s.deleteSSHPublicKey),
	}
}

// parseSSHKey reads an RSA public key: one line in OpenSSH's form, or PEM.
func parseSSHKey(text string) (ssh.PublicKey, error) {
	text = strings.TrimSpace(text)
	var public any
	if strings.HasPrefix(text, "-----BEGIN") {
		block, rest := pem.Decode([]byte(text))
		if block == nil || len(bytes.TrimSpace(rest)) > 0 {
			return nil, errors.New("not one PEM block")
		}
		var err error
		if block.Type == "RSA PUBLIC KEY" {
			public, err = x509.ParsePKCS1PublicKey(block.Bytes)
		} else {
			public, err = x509.ParsePKIXPublicKey(block.Bytes)
		}
		if err != nil {
			return nil, err
		}
	} else {
		k, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil {
			return nil, err
		}
		c, ok := k.(ssh.CryptoPublicKey)
		if !ok || len(options) > 0 || len(bytes.TrimSpace(rest)) > 0 {
			return nil, errors.New("not one plain public key")
		}
		public = c.CryptoPublicKey()
	}
	k, ok := public.(*rsa.PublicKey)
	if !ok || k.N.BitLen() < minSSHKeyBits || k.N.BitLen() > maxSSHKeyBits {
		return nil, errors.New("not an RSA key of 2,048 to 16,384 bits")
	}
	return ssh.NewPublicKey(k)
}

// encoded is the key in the encoding that the request names.
func (k *SSHPublicKey) encoded(encoding string) (string, error) {
	public, err := ssh.ParsePublicKey(k.Blob)
	if err != nil {
		return "", err
	}
	if encoding == "SSH" {
		return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(public)), "\n"), nil
	}
	der, err := x509.MarshalPKIXPublicKey(public.(ssh.CryptoPublicKey).CryptoPublicKey())
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

func (k *SSHPublicKey) shown(u *User, body string) (*api.SSHPublicKey, error) {
	public, err := ssh.ParsePublicKey(k.Blob)
	if err != nil {
		return nil, err
	}
	return &api.SSHPublicKey{
		Fingerprint: new(ssh.FingerprintLegacyMD5(public)), SSHPublicKeyBody: &body, SSHPublicKeyId: &k.ID, Status: new(status(k.Active)),
		UploadDate: &k.Uploaded, UserName: &u.Name,
	}, nil
}

func (s *Service) uploadSSHPublicKey(c *service.Call, in *api.UploadSSHPublicKeyInput) (*api.UploadSSHPublicKeyOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	public, err := parseSSHKey(*in.SSHPublicKeyBody)
	if err != nil {
		return nil, api.InvalidPublicKeyException.New("The SSH public key must be an RSA key of 2048 to 16384 bits, encoded in ssh-rsa or PEM format.").Because(err)
	}
	for have, err := range sshKeys.EachRef(c.Tx, "user", userRef(u)) {
		if err != nil {
			return nil, err
		}
		if bytes.Equal(have.Blob, public.Marshal()) {
			return nil, api.DuplicateSSHPublicKeyException.New("The SSH public key is already associated with the user %s.", u.Name)
		}
	}
	if err := within(c, sshKeys, u, "SSHPublicKeysPerUser", sshKeysPerUser); err != nil {
		return nil, err
	}
	k := &SSHPublicKey{Account: c.Account, UserID: u.ID, Body: *in.SSHPublicKeyBody, Blob: public.Marshal(), Active: true, Uploaded: seconds(c.Time)}
	if k.ID, err = newUniqueID(s.Rand, publicKeyPrefix); err != nil {
		return nil, err
	}
	shown, err := k.shown(u, k.Body)
	if err != nil {
		return nil, err
	}
	return &api.UploadSSHPublicKeyOutput{SSHPublicKey: shown}, sshKeys.Insert(c.Tx, k)
}

// sshKey is the user of that name and its key of that ID.
func (s *Service) sshKey(c *service.Call, user, id string) (*User, *SSHPublicKey, error) {
	u, err := s.user(c, user)
	if err != nil {
		return nil, nil, err
	}
	k, err := sshKeys.Get(c.Tx, store.K(c.Account, id))
	if store.IsAbsent(err) || err == nil && k.UserID != u.ID {
		return nil, nil, api.NoSuchEntityException.New("The Public Key with id %s cannot be found.", id)
	}
	return u, k, err
}

func (s *Service) getSSHPublicKey(c *service.Call, in *api.GetSSHPublicKeyInput) (*api.GetSSHPublicKeyOutput, error) {
	u, k, err := s.sshKey(c, *in.UserName, *in.SSHPublicKeyId)
	if err != nil {
		return nil, err
	}
	body, err := k.encoded(*in.Encoding)
	if err != nil {
		return nil, err
	}
	shown, err := k.shown(u, body)
	return &api.GetSSHPublicKeyOutput{SSHPublicKey: shown}, err
}

func (s *Service) listSSHPublicKeys(c *service.Call, in *api.ListSSHPublicKeysInput) (*api.ListSSHPublicKeysOutput, error) {
	u, err := s.ownUser(c, in.UserName)
	if err != nil {
		return nil, err
	}
	items, next, more, err := ofUser(c, sshKeys, u, in.Marker, in.MaxItems)
	out := &api.ListSSHPublicKeysOutput{SSHPublicKeys: []api.SSHPublicKeyMetadata{}, Marker: next, IsTruncated: more}
	for _, k := range items {
		out.SSHPublicKeys = append(out.SSHPublicKeys, api.SSHPublicKeyMetadata{
			SSHPublicKeyId: &k.ID, Status: new(status(k.Active)), UploadDate: &k.Uploaded, UserName: &u.Name,
		})
	}
	return out, err
}

func (s *Service) updateSSHPublicKey(c *service.Call, in *api.UpdateSSHPublicKeyInput) (*api.UpdateSSHPublicKeyOutput, error) {
	_, k, err := s.sshKey(c, *in.UserName, *in.SSHPublicKeyId)
	if err != nil {
		return nil, err
	}
	if k.Active, err = activity(*in.Status); err != nil {
		return nil, err
	}
	return &api.UpdateSSHPublicKeyOutput{}, sshKeys.Update(c.Tx, k)
}

func (s *Service) deleteSSHPublicKey(c *service.Call, in *api.DeleteSSHPublicKeyInput) (*api.DeleteSSHPublicKeyOutput, error) {
	_, k, err := s.sshKey(c, *in.UserName, *in.SSHPublicKeyId)
	if err != nil {
		return nil, err
	}
	return &api.DeleteSSHPublicKeyOutput{}, sshKeys.Delete(c.Tx, sshKeys.Key(k))
}
