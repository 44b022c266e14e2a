package logs

import (
	"strings"

	api "vauban/api/logs"
	"vauban/service"
	"vauban/store"
)

func (s *Service) keyOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpAssociateKmsKey, onGroup(s, func(in *api.AssociateKmsKeyInput) (a, b *string) { return in.LogGroupName, in.ResourceIdentifier }), s.associateKey),
		service.Writes(api.OpDisassociateKmsKey, onGroup(s, func(in *api.DisassociateKmsKeyInput) (a, b *string) { return in.LogGroupName, in.ResourceIdentifier }), s.disassociateKey),
	}
}

// associateKey has events that come from now on sealed under a key of KMS; those before stay as they are. The key is used once, so that one which the
// service may not use is refused.
func (s *Service) associateKey(c *service.Call, in *api.AssociateKmsKeyInput) (*api.AssociateKmsKeyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	if err := keyARN(*in.KmsKeyId); err != nil {
		return nil, err
	}
	asked := *g
	asked.Key = *in.KmsKeyId
	key, err := s.newDataKey(c, &asked)
	if err != nil {
		return nil, err
	}
	return &api.AssociateKmsKeyOutput{}, c.Commit(func(tx store.Tx) error {
		now, err := s.group(c)
		if err != nil {
			return err
		}
		if now.ID != g.ID {
			return api.OperationAbortedException.New("The log group was replaced by another request.")
		}
		if err := wrappedKeys.Put(tx, key); err != nil {
			return err
		}
		now.Key = *in.KmsKeyId
		return groups.Update(tx, now)
	})
}

// keyARN wants the whole ARN of a key, as AWS does: an alias could come to mean another key.
func keyARN(text string) error {
	if !strings.HasPrefix(text, "arn:") || !strings.Contains(text, ":kms:") || !strings.Contains(text, ":key/") {
		return invalid("The specified KMS key identifier %s is not the ARN of a key.", bounded(text, 256))
	}
	return nil
}

func (s *Service) disassociateKey(c *service.Call, _ *api.DisassociateKmsKeyInput) (*api.DisassociateKmsKeyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	g.Key = ""
	return &api.DisassociateKmsKeyOutput{}, groups.Update(c.Tx, g)
}
