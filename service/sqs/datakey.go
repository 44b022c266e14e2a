package sqs

import (
	"errors"
	"sync"
	"time"

	"vauban/api/kms"
	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
)

// dataKey is a key that KMS has made for a queue, in the clear. It is only in memory.
type dataKey struct {
	queue   string // ARN
	wrapped []byte
	plain   []byte
	until   time.Time
}

// dataKeys keeps data keys for as long as the queue says that they are used again. Each principal has its own: what one may decrypt says nothing
// about another. Developer guide: "Understanding the data key reuse period".
type dataKeys struct {
	mu sync.Mutex
	m  map[string]*dataKey
}

const maxDataKeys = 10_000

func (d *dataKeys) get(id string, now time.Time) *dataKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.m[id]
	if k == nil || !now.Before(k.until) {
		delete(d.m, id)
		return nil
	}
	return k
}

func (d *dataKeys) put(id string, k *dataKey) *dataKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m == nil || len(d.m) >= maxDataKeys {
		d.m = map[string]*dataKey{}
	}
	d.m[id] = k
	return k
}

// reuse is the queue's KmsDataKeyReusePeriodSeconds.
func (x *Settings) reuse() time.Duration {
	if x.KeyReuse == 0 {
		return 300 * time.Second
	}
	return time.Duration(x.KeyReuse) * time.Second
}

// principalOf tells callers apart as KMS does.
func principalOf(c *service.Call) string {
	return c.Caller.Account + "\n" + c.Caller.ARN + "\n" + c.Caller.UserID + "\n" + c.Caller.ServiceName + "\n" + c.Caller.SourceARN
}

func contextOf(queue string) map[string]string { return map[string]string{"aws:sqs:arn": queue} }

// sealingKey is the data key for messages that the caller sends to the queue; nil when the queue has no key of KMS. It must not be called in a
// transaction.
func (s *Service) sealingKey(c *service.Call, q *Queue) (*dataKey, error) {
	if q.Settings.Key == "" {
		return nil, nil
	}
	now, id := s.Clock(), "seal\n"+principalOf(c)+"\n"+q.arn()+"\n"+q.Settings.Key
	if k := s.dataKeys.get(id, now); k != nil {
		return k, nil
	}
	out, err := c.Door.Call(c, service.AsCaller("sqs.amazonaws.com"), "kms", "GenerateDataKey", &kms.GenerateDataKeyInput{
		KeyId: new(keyARN(q)), KeySpec: new("AES_256"), EncryptionContext: contextOf(q.arn()),
	})
	if err != nil {
		return nil, ofKMS(err)
	}
	made, ok := out.(*kms.GenerateDataKeyOutput)
	if !ok || len(made.Plaintext) != 32 {
		return nil, errors.New("sqs: KMS has answered no data key")
	}
	return s.dataKeys.put(id, &dataKey{queue: q.arn(), wrapped: made.CiphertextBlob, plain: made.Plaintext, until: now.Add(q.Settings.reuse())}), nil
}

// openingKey is the data key of messages that the caller receives.
func (s *Service) openingKey(c *service.Call, q *Queue, l *Lock) (*dataKey, error) {
	now, id := s.Clock(), l.id(c)
	if k := s.dataKeys.get(id, now); k != nil {
		return k, nil
	}
	out, err := c.Door.Call(c, service.AsCaller("sqs.amazonaws.com"), "kms", "Decrypt", &kms.DecryptInput{
		CiphertextBlob: l.Wrapped, EncryptionContext: contextOf(l.Queue),
	})
	if err != nil {
		return nil, ofKMS(err)
	}
	opened, ok := out.(*kms.DecryptOutput)
	if !ok || len(opened.Plaintext) != 32 {
		return nil, errors.New("sqs: KMS has answered no data key")
	}
	return s.dataKeys.put(id, &dataKey{queue: l.Queue, wrapped: l.Wrapped, plain: opened.Plaintext, until: now.Add(q.Settings.reuse())}), nil
}

func (l *Lock) id(c *service.Call) string {
	return "open\n" + principalOf(c) + "\n" + string(l.Wrapped)
}

// keyARN names the key so that a caller of another account means the key of the queue's owner: an ID or an alias is one of the queue's account.
func keyARN(q *Queue) string {
	id := q.Settings.Key
	switch {
	case len(id) > 4 && id[:4] == "arn:":
		return id
	case len(id) > 6 && id[:6] == "alias/":
		return "arn:aws:kms:" + q.Region + ":" + q.Account + ":" + id
	}
	return "arn:aws:kms:" + q.Region + ":" + q.Account + ":key/" + id
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
