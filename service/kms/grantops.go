package kms

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/service/kms/material"
	"vauban/store"
)

func (s *Service) grantOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpCreateGrant, askGrant, s.createGrant),
		writes(s, api.OpRevokeGrant, func(c *service.Call, in *api.RevokeGrantInput, a *about) {
			a.id, a.cross = wire.Text(in.KeyId), true
			a.set("kms:GrantIsForAWSResource", boolText(forAWSResource(c)))
		}, s.revokeGrant),
		service.Writes(api.OpRetireGrant, s.askRetirement, s.retireGrant),
	}
}

// forAWSResource says that a service makes or revokes a grant for a resource of its own.
func forAWSResource(c *service.Call) bool { return c.Caller.InvokedBy != "" }

// askGrant is what a CreateGrant is about.
func askGrant(c *service.Call, in *api.CreateGrantInput, a *about) {
	a.id, a.tokens, a.cross = wire.Text(in.KeyId), in.GrantTokens, true
	g := &Grant{Operations: in.Operations}
	if x := in.Constraints; x != nil {
		g.Equals, g.Subset, g.SourceARN = x.EncryptionContextEquals, x.EncryptionContextSubset, wire.Text(x.SourceArn)
		a.set("kms:GrantConstraintSourceArn", g.SourceARN)
	}
	if g.Equals != nil {
		a.set("kms:GrantConstraintType", "EncryptionContextEquals")
	} else if g.Subset != nil {
		a.set("kms:GrantConstraintType", "EncryptionContextSubset")
	}
	context := maps.Clone(g.Equals)
	if context == nil {
		context = map[string]string{}
	}
	maps.Copy(context, g.Subset)
	a.encrypts(context, "")
	a.grant = g
	a.setMulti("kms:GrantOperations", in.Operations)
	a.set("kms:GranteePrincipal", wire.Text(in.GranteePrincipal))
	a.set("kms:RetiringPrincipal", wire.Text(in.RetiringPrincipal))
	a.set("kms:GranteeServicePrincipal", wire.Text(in.GranteeServicePrincipal))
	a.set("kms:RetiringServicePrincipal", wire.Text(in.RetiringServicePrincipal))
	a.set("kms:GrantIsForAWSResource", boolText(forAWSResource(c)))
}

// maxGrants is how many grants a key can have. KMS Developer Guide: "Resource quotas".
const maxGrants = 50_000

func (s *Service) createGrant(u *use, in *api.CreateGrantInput) (*api.CreateGrantOutput, error) {
	k := u.key.Key
	if err := k.refuse(); err != nil {
		return nil, err
	}
	if err := s.checkTokens(u, in.GrantTokens); err != nil {
		return nil, err
	}
	g, err := s.grantOf(u, in)
	if err != nil {
		return nil, err
	}
	same, err := sameGrant(u.Tx, g)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	if same != nil {
		g = same
	} else {
		if n, err := grantTable.Count(u.Tx, store.K(k.Account, k.Region, k.ID), maxGrants); err != nil || n >= maxGrants {
			if err == nil {
				err = api.LimitExceededException.New("The key %s has %d grants; no more can be added.", k.ARN(), n)
			}
			return nil, err
		}
		if err := grantTable.Insert(u.Tx, g); err != nil {
			return nil, err
		}
		if err := s.grantsChanged(u.Tx, k); err != nil {
			return nil, err
		}
	}
	u.Record().Response = map[string]string{"grantId": g.ID, "keyId": u.key.arn} // as in AWS, without the token
	token, err := s.grantToken(g)
	return &api.CreateGrantOutput{GrantId: &g.ID, GrantToken: &token}, err
}

// grantsChanged marks the key's document: what is in memory of its grants is not true any more.
func (s *Service) grantsChanged(tx store.Tx, k *Key) error {
	mark, err := randomHex(s.Rand, 8)
	if err != nil {
		return err
	}
	return changeKey(tx, keyTable.Key(k), func(k *Key) error {
		k.GrantsAt = mark
		return nil
	})
}

func randomHex(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("make an ID: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// grantOf is the grant that the request asks for.
func (s *Service) grantOf(u *use, in *api.CreateGrantInput) (*Grant, error) {
	k := u.key.Key
	g := &Grant{
		Account: k.Account, Region: k.Region, Key: k.ID, Name: wire.Text(in.Name), Created: u.Time.UTC().Truncate(time.Millisecond),
		Issuer: "arn:" + u.Partition + ":iam::" + u.Caller.Account + ":root", Operations: slices.Compact(slices.Sorted(slices.Values(in.Operations))),
	}
	if x := in.Constraints; x != nil {
		g.Equals, g.Subset, g.SourceARN = x.EncryptionContextEquals, x.EncryptionContextSubset, wire.Text(x.SourceArn)
		if (g.Equals != nil || g.Subset != nil) && k.Spec != material.Symmetric {
			return nil, invalid("Encryption context constraints are for symmetric encryption keys only.")
		}
	}
	if len(g.Operations) == 0 {
		return nil, invalid("A grant needs at least one operation.")
	}
	for _, op := range g.Operations {
		if !k.grants(op) {
			return nil, invalid("The operation %s cannot be granted on the key %s, whose spec is %s and whose usage is %s.", op, k.ARN(), k.Spec, k.Usage)
		}
	}
	var err error
	if g.Grantee, err = s.beneficiary(u.Tx, in.GranteePrincipal, in.GranteeServicePrincipal); err != nil {
		return nil, err
	}
	if g.Grantee.ID == "" {
		return nil, invalid("A grant needs a GranteePrincipal.")
	}
	if g.Retiring, err = s.beneficiary(u.Tx, in.RetiringPrincipal, in.RetiringServicePrincipal); err != nil {
		return nil, err
	}
	if g.ID, err = randomHex(s.Rand, 32); err != nil {
		return nil, err
	}
	g.Policy = grantPolicy(g.Grantee, g.Operations)
	return g, nil
}

// grants says whether the operation can be done with the key at all.
func (k *Key) grants(operation string) bool {
	switch operation {
	case api.GrantOperationCreateGrant, api.GrantOperationRetireGrant, api.GrantOperationDescribeKey:
		return true
	case api.GrantOperationEncrypt, api.GrantOperationDecrypt, api.GrantOperationReEncryptFrom, api.GrantOperationReEncryptTo:
		return k.Usage == material.EncryptDecrypt
	case api.GrantOperationGenerateDataKey, api.GrantOperationGenerateDataKeyWithoutPlaintext, api.GrantOperationGenerateDataKeyPair,
		api.GrantOperationGenerateDataKeyPairWithoutPlaintext:
		return k.Spec == material.Symmetric
	case api.GrantOperationGetPublicKey:
		return material.Asymmetric(k.Spec)
	case api.GrantOperationSign, api.GrantOperationVerify:
		return k.Usage == material.SignVerify
	case api.GrantOperationGenerateMac, api.GrantOperationVerifyMac:
		return k.Usage == material.GenerateVerifyMAC
	case api.GrantOperationDeriveSharedSecret:
		return k.Usage == material.KeyAgreement
	}
	return false
}

// grantPolicy is what a grant allows, in the language of policies.
func grantPolicy(to Beneficiary, operations []string) string {
	kind := "AWS"
	if to.Service {
		kind = "Service"
	}
	actions := make([]string, len(operations))
	for i, op := range operations {
		actions[i] = "kms:" + op
	}
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []map[string]any{{
		"Effect": "Allow", "Principal": map[string]string{kind: to.ID}, "Action": actions, "Resource": "*",
	}}})
	if err != nil { // texts and lists of texts can be written
		return ""
	}
	return string(b)
}

// beneficiary finds whom a grant names. The zero value is nobody.
func (s *Service) beneficiary(tx store.Tx, principal, svc *string) (Beneficiary, error) {
	if principal != nil && svc != nil {
		return Beneficiary{}, invalid("Specify a principal or a service principal, not both.")
	}
	if svc != nil {
		return Beneficiary{Asked: *svc, ID: *svc, Service: true}, nil
	}
	if principal == nil {
		return Beneficiary{}, nil
	}
	b := Beneficiary{Asked: *principal, ID: *principal}
	switch {
	case arn.IsAccount(b.ID):
		b.ID = "arn:aws:iam::" + b.ID + ":root"
		return b, nil
	case strings.HasSuffix(b.ID, ".amazonaws.com") && !strings.Contains(b.ID, ":"):
		b.Service = true
		return b, nil
	case !strings.HasPrefix(b.ID, "arn:"):
		return b, api.InvalidArnException.New("The principal %s is not an ARN.", b.ID)
	}
	bound, accounts, err := s.principals.BindPrincipals(tx, grantPolicy(b, []string{"*"}))
	if err != nil {
		if store.IsAbsent(err) {
			return b, api.InvalidArnException.New("The principal %s does not exist.", b.ID)
		}
		return b, api.InvalidArnException.New("The principal %s is not valid.", b.ID).Because(err)
	}
	for id, account := range accounts {
		if strings.Contains(bound, `"`+id+`"`) {
			b.ID, b.Account = id, account
		}
	}
	return b, nil
}

// sameGrant is a grant of that name that allows the same, if the key has one: a request that is sent again makes no second grant.
func sameGrant(tx store.Tx, g *Grant) (*Grant, error) {
	if g.Name == "" {
		return nil, nil
	}
	for old, err := range grantTable.EachRef(tx, "name", store.K(g.Account, g.Region, g.Key, g.Name)) {
		if err != nil {
			return nil, err
		}
		if slices.Equal(old.Operations, g.Operations) && old.Grantee.ID == g.Grantee.ID && old.Retiring.ID == g.Retiring.ID && old.SourceARN == g.SourceARN &&
			maps.Equal(old.Equals, g.Equals) && maps.Equal(old.Subset, g.Subset) {
			return old, nil
		}
	}
	return nil, nil
}

func (s *Service) revokeGrant(u *use, in *api.RevokeGrantInput) (*api.RevokeGrantOutput, error) {
	k := u.key.Key
	g, err := grantTable.Get(u.Tx, grantKey(k.Account, k.Region, k.ID, *in.GrantId))
	if store.IsAbsent(err) {
		return nil, noGrant(*in.GrantId)
	}
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	return &api.RevokeGrantOutput{}, s.endGrant(u.Tx, k, g)
}

func noGrant(id string) error { return api.NotFoundException.New("Grant ID %s not found", id) }

// endGrant takes a grant away. It counts no more on the very next call.
func (s *Service) endGrant(tx store.Tx, k *Key, g *Grant) error {
	if err := grantTable.Delete(tx, grantTable.Key(g)); err != nil {
		return err
	}
	return s.grantsChanged(tx, k)
}
