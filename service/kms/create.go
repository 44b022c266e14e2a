package kms

import (
	"fmt"
	"slices"
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
	"vauban/store"
)

func (s *Service) keyOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateKey, askCreation, s.createKey),
		acts(s, api.OpDescribeKey, func(_ *service.Call, in *api.DescribeKeyInput, a *about) { a.cryptographic(in.KeyId, in.GrantTokens) }, s.describeKey),
		writes(s, api.OpUpdateKeyDescription, byID(func(in *api.UpdateKeyDescriptionInput) *string { return in.KeyId }), s.updateKeyDescription),
	}
}

// plan is what a CreateKey asks for, with what it leaves out.
type plan struct{ spec, usage, origin string }

func planOf(in *api.CreateKeyInput) plan {
	p := plan{spec: material.Symmetric, origin: val(in.Origin, api.OriginTypeAwsKms)}
	switch {
	case in.KeySpec != nil:
		p.spec = *in.KeySpec
	case in.CustomerMasterKeySpec != nil:
		p.spec = *in.CustomerMasterKeySpec
	}
	p.usage = val(in.KeyUsage, "")
	if p.usage == "" && p.spec == material.Symmetric {
		p.usage = material.EncryptDecrypt
	}
	return p
}

func askCreation(c *service.Call, in *api.CreateKeyInput) ([]service.Question, error) {
	a := &about{}
	callerKeys(c, a)
	p := planOf(in)
	a.set("kms:KeySpec", p.spec)
	a.set("kms:KeyUsage", p.usage)
	a.set("kms:KeyOrigin", p.origin)
	a.set("kms:MultiRegion", boolText(val(in.MultiRegion, false)))
	if val(in.MultiRegion, false) {
		a.set("kms:MultiRegionKeyType", api.MultiRegionKeyTypePrimary)
	}
	a.set("kms:BypassPolicyLockoutSafetyCheck", boolText(val(in.BypassPolicyLockoutSafetyCheck, false)))
	a.requestTags(in.Tags)
	out := []service.Question{{Resource: "*", Context: a.keys, Multi: a.multi}}
	if len(in.Tags) > 0 { // KMS API reference, CreateKey: "you must have kms:TagResource permission in an IAM policy"
		t := &about{}
		callerKeys(c, t)
		t.requestTags(in.Tags)
		out = append(out, service.Question{Action: "kms:TagResource", Resource: arnOf(c.Partition, c.Region, c.Account, "*"), Context: t.keys})
	}
	return out, nil
}

// createKey is an act, so that no transaction waits for a key pair to be made.
func (s *Service) createKey(c *service.Call, in *api.CreateKeyInput) (*api.CreateKeyOutput, error) {
	p := planOf(in)
	if err := p.check(in); err != nil {
		return nil, err
	}
	id, err := newKeyID(s.Rand, val(in.MultiRegion, false))
	if err != nil {
		return nil, err
	}
	if p.origin == api.OriginTypeExternalKeyStore {
		if err := s.checkExternal(c, in); err != nil {
			return nil, err
		}
	}
	var m *material.Key
	if p.origin != api.OriginTypeExternal {
		if m, err = s.newMaterial(c, p.spec); err != nil {
			return nil, err
		}
	}
	var out *api.CreateKeyOutput
	err = c.Commit(func(tx store.Tx) error {
		k := p.key(c, id, in)
		if k.isExternal() { // what was true when the proxy was asked may have changed
			if _, err := s.connectedStore(c, k.Store); err != nil {
				return err
			}
			if err := k.refuseTakenKey(tx); err != nil {
				return err
			}
		}
		if err := s.storeNew(c, k, m, in); err != nil {
			return err
		}
		out = &api.CreateKeyOutput{KeyMetadata: k.metadata(nil)}
		c.Record().Response = out // the commit records the answer before the gateway has it
		return nil
	})
	return out, err
}

// key is the key that is asked for, without its policy and material.
func (p plan) key(c *service.Call, id string, in *api.CreateKeyInput) *Key {
	k := &Key{
		Account: c.Account, Region: c.Region, ID: id, Created: c.Time.UTC().Truncate(time.Millisecond), Description: wire.Text(in.Description),
		Spec: p.spec, Usage: p.usage, Origin: p.origin, State: api.KeyStateEnabled,
	}
	if val(in.MultiRegion, false) {
		k.MultiRegion, k.Primary = true, k.Region
	}
	if p.origin == api.OriginTypeExternal {
		k.State = api.KeyStatePendingImport
	}
	k.Store, k.External = wire.Text(in.CustomKeyStoreId), wire.Text(in.XksKeyId)
	return k
}

// storeNew stores a new key in the call's transaction; m is nil for one whose material is imported.
func (s *Service) storeNew(c *service.Call, k *Key, m *material.Key, in *api.CreateKeyInput) (err error) {
	if k.Tags, err = withTags(nil, in.Tags); err != nil {
		return err
	}
	text := val(in.Policy, fmt.Sprintf(defaultPolicy, c.Partition, c.Account))
	if err := s.setPolicy(c, k, text, val(in.BypassPolicyLockoutSafetyCheck, false)); err != nil {
		return err
	}
	if m != nil {
		if err := s.adopt(c.Tx, k, m); err != nil {
			return err
		}
	}
	touch(c, k)
	return save(c.Tx, nil, k)
}

// generate makes the first material of a symmetric key.
func (s *Service) generate(c *service.Call, k *Key) error {
	m, err := material.Generate(s.Rand, k.Spec)
	if err != nil {
		return err
	}
	return s.adopt(c.Tx, k, m)
}

// adopt makes the material the first of a new key.
func (s *Service) adopt(tx store.Tx, k *Key, m *material.Key) error {
	id, err := s.keepMaterial(tx, k, m)
	k.Generations, k.Current = []Generation{{ID: id, At: k.Created}}, id
	return err
}

// check refuses what AWS refuses, and what is not built.
func (p plan) check(in *api.CreateKeyInput) error {
	if in.KeySpec != nil && in.CustomerMasterKeySpec != nil && *in.KeySpec != *in.CustomerMasterKeySpec {
		return invalid("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.")
	}
	switch {
	case p.origin == api.OriginTypeAwsCloudhsm:
		return api.UnsupportedOperationException.New("The origin AWS_CLOUDHSM is not supported: this server has no CloudHSM clusters. Use EXTERNAL_KEY_STORE with a proxy before the HSM.")
	case p.origin != api.OriginTypeExternalKeyStore && (in.CustomKeyStoreId != nil || in.XksKeyId != nil):
		return invalid("CustomKeyStoreId and XksKeyId are only valid for the origin EXTERNAL_KEY_STORE.")
	case p.origin == api.OriginTypeExternalKeyStore && (in.CustomKeyStoreId == nil || in.XksKeyId == nil):
		return invalid("CustomKeyStoreId and XksKeyId are required for the origin EXTERNAL_KEY_STORE.")
	case p.origin == api.OriginTypeExternalKeyStore && (p.spec != material.Symmetric || val(in.MultiRegion, false)):
		return api.UnsupportedOperationException.New("Only symmetric encryption keys in a single Region can be in a custom key store.")
	case !material.Known(p.spec):
		return api.UnsupportedOperationException.New("The key spec %s is not supported in this Region.", p.spec)
	case p.usage == "":
		return invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	case !slices.Contains(material.Usages(p.spec), p.usage):
		return invalid("KeyUsage %s is not compatible with KeySpec %s", p.usage, p.spec)
	}
	return nil
}

func (s *Service) describeKey(u *use, _ *api.DescribeKeyInput) (*api.DescribeKeyOutput, error) {
	var copies []*Key
	if u.key.MultiRegion {
		var err error
		if copies, err = s.copiesOf(u, u.key.Key); err != nil {
			return nil, err
		}
	}
	m := u.key.metadata(copies)
	state, err := s.shownState(u.Call, u.key.Key)
	m.KeyState, m.Enabled = &state, new(state == api.KeyStateEnabled)
	return &api.DescribeKeyOutput{KeyMetadata: m}, err
}

func (s *Service) updateKeyDescription(u *use, in *api.UpdateKeyDescriptionInput) (*api.UpdateKeyDescriptionOutput, error) {
	return &api.UpdateKeyDescriptionOutput{}, u.change(func(k *Key) error {
		k.Description = *in.Description
		return k.refuseDeleted()
	})
}
