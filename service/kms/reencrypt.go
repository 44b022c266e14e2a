package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) reEncryptOperations() []service.Row {
	return []service.Row{service.Acts(api.OpReEncrypt, s.askReEncryption, s.reEncrypt).WithoutState()}
}

// foundPair are the two keys of a ReEncrypt.
type foundPair struct{ source, destination *found }

// askReEncryption asks two actions: that the one key may be decrypted from, and the other encrypted to.
func (s *Service) askReEncryption(c *service.Call, in *api.ReEncryptInput) ([]service.Question, error) {
	shown := *in
	shown.CiphertextBlob = nil
	c.Record().Request = &shown
	from, to := &about{action: "kms:ReEncryptFrom"}, &about{action: "kms:ReEncryptTo"}
	from.cryptographic(in.SourceKeyId, in.GrantTokens)
	from.fromBlob(c, in.CiphertextBlob)
	from.encrypts(in.SourceEncryptionContext, val(in.SourceEncryptionAlgorithm, material.AESGCM))
	to.cryptographic(in.DestinationKeyId, in.GrantTokens)
	to.encrypts(in.DestinationEncryptionContext, val(in.DestinationEncryptionAlgorithm, material.AESGCM))
	for _, a := range []*about{from, to} {
		if a.problem == nil {
			a.problem = checkContext(a.context)
		}
		if a.problem != nil {
			return nil, a.problem
		}
	}
	source, err := s.find(c, from)
	if err != nil {
		return nil, err
	}
	destination, err := s.find(c, to)
	if err != nil {
		return nil, err
	}
	c.Found = &foundPair{source, destination}
	same := boolText(source.arn == destination.arn)
	from.set("kms:ReEncryptOnSameKey", same)
	to.set("kms:ReEncryptOnSameKey", same)
	q1, err := s.question(c, source, from)
	if err != nil {
		return nil, err
	}
	q2, err := s.question(c, destination, to)
	return []service.Question{q1, q2}, err
}

func (s *Service) reEncrypt(c *service.Call, in *api.ReEncryptInput) (*api.ReEncryptOutput, error) {
	pair := c.Found.(*foundPair)
	for _, f := range []*found{pair.source, pair.destination} {
		if f.problem != nil {
			return nil, f.problem
		}
		touch(c, f.key.Key)
	}
	if pair.destination.unmade {
		if err := s.makeManaged(c, func() *found { return c.Found.(*foundPair).destination }); err != nil {
			return nil, err
		}
		pair = c.Found.(*foundPair)
	}
	if err := refuseModifiers(in.DryRunModifiers); err != nil {
		return nil, err
	}
	from := &use{Call: c, key: pair.source.key, alias: pair.source.alias, operation: api.OpReEncrypt.Name}
	to := &use{Call: c, key: pair.destination.key, alias: pair.destination.alias, operation: api.OpReEncrypt.Name}
	source, destination := val(in.SourceEncryptionAlgorithm, material.AESGCM), val(in.DestinationEncryptionAlgorithm, material.AESGCM)
	if err := s.refuseEncryption(from, source, in.SourceEncryptionContext); err != nil {
		return nil, err
	}
	if err := s.refuseEncryption(to, destination, in.DestinationEncryptionContext); err != nil {
		return nil, err
	}
	if err := s.checkTokens(from, in.GrantTokens); err != nil {
		return nil, err
	}
	plaintext, generation, err := s.decryptWith(from, source, in.CiphertextBlob, in.SourceEncryptionContext)
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	b, err := s.encryptWith(to, destination, plaintext, in.DestinationEncryptionContext)
	if err != nil {
		return nil, err
	}
	return &api.ReEncryptOutput{
		CiphertextBlob: b, SourceKeyId: &from.key.arn, KeyId: &to.key.arn, SourceEncryptionAlgorithm: &source, DestinationEncryptionAlgorithm: &destination,
		SourceKeyMaterialId: wire.Optional(generation), DestinationKeyMaterialId: wire.Optional(to.key.shownGeneration()),
	}, nil
}
