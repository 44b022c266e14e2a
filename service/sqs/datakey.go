package sqs

import (
	"errors"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
)

// reuse is the queue's KmsDataKeyReusePeriodSeconds. Developer guide: "Understanding the data key reuse period".
func (x *Settings) reuse() time.Duration {
	if x.KeyReuse == 0 {
		return 300 * time.Second
	}
	return time.Duration(x.KeyReuse) * time.Second
}

func contextOf(queue string) map[string]string { return map[string]string{"aws:sqs:arn": queue} }

// sealingKey is the data key for messages that the caller sends to the queue; nil when the queue has no key of KMS. Each principal has its own: what one may
// decrypt says nothing about another. It must not be called in a transaction.
func (s *Service) sealingKey(c *service.Call, q *Queue) (*datakey.Key, error) {
	if q.Settings.Key == "" {
		return nil, nil
	}
	asker, err := datakey.Asker(c)
	if err != nil {
		return nil, err
	}
	now, id := s.Clock(), "seal\n"+asker+"\n"+q.arn()+"\n"+q.Settings.Key
	if k := s.dataKeys.Get(id, now); k != nil {
		return k, nil
	}
	k, err := datakey.Generate(c, service.AsCaller("sqs.amazonaws.com"), datakey.ARN(q.Settings.Key, c.Partition, q.Region, q.Account), contextOf(q.arn()))
	if err != nil {
		return nil, ofKMS(err)
	}
	s.dataKeys.Put(id, k, now.Add(q.Settings.reuse()))
	return k, nil
}

// openingKey is the data key of messages that the caller receives.
func (s *Service) openingKey(c *service.Call, q *Queue, l *Lock) (*datakey.Key, error) {
	asker, err := datakey.Asker(c)
	if err != nil {
		return nil, err
	}
	now, id := s.Clock(), "open\n"+asker+"\n"+string(l.Wrapped)
	if k := s.dataKeys.Get(id, now); k != nil {
		return k, nil
	}
	k, err := datakey.Decrypt(c, service.AsCaller("sqs.amazonaws.com"), l.Wrapped, contextOf(l.Queue))
	if err != nil {
		return nil, ofKMS(err)
	}
	s.dataKeys.Put(id, k, now.Add(q.Settings.reuse()))
	return k, nil
}

// ofKMS puts a refusal of KMS into SQS's errors.
func ofKMS(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	shape := map[string]*wire.ErrorShape{
		"AccessDeniedException": api.KmsAccessDenied, "NotFoundException": api.KmsNotFound, "DisabledException": api.KmsDisabled,
		"KMSInvalidStateException": api.KmsInvalidState, "InvalidKeyUsageException": api.KmsInvalidKeyUsage, "ThrottlingException": api.KmsThrottled,
	}[e.Shape.Shape]
	if shape == nil {
		return err
	}
	return shape.New("%s", e.Message).Because(err)
}
