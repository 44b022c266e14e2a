package sns

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"vauban/api/kms"
	"vauban/service"
	"vauban/store"
)

// Contents are always sealed at rest: under the ring of this deployment, or under a data key of KMS where the topic has a key. They are bound to the
// message's ID.

// dataKey is a key that KMS has made for a topic, in the clear. It is only in memory.
type dataKey struct {
	wrapped []byte
	plain   []byte
	until   time.Time
}

// dataKeys keeps data keys for as long as AWS uses them again. Each principal has its own: what one may decrypt says nothing about another.
type dataKeys struct {
	mu sync.Mutex
	m  map[string]*dataKey
}

const (
	maxDataKeys = 10_000
	reuse       = 5 * time.Minute // Developer guide: "Amazon SNS data encryption", data key caching
)

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

func contextOf(topic string) map[string]string { return map[string]string{"aws:sns:topicArn": topic} }

// sealingKey is the data key for messages that the caller publishes to the topic; nil when the topic has no key of KMS. The caller must be allowed both
// to make it and to open it again, as with AWS: the delivery happens in its name. It must not be called in a transaction.
func (s *Service) sealingKey(c *service.Call, t *Topic) (*dataKey, error) {
	if t.Settings.Key == "" {
		return nil, nil
	}
	who := c.Caller
	now, id := s.Clock(), "seal\n"+who.Account+"\n"+who.ARN+"\n"+who.UserID+"\n"+who.ServiceName+"\n"+who.SourceARN+"\n"+t.arn()+"\n"+t.Settings.Key
	if k := s.dataKeys.get(id, now); k != nil {
		return k, nil
	}
	as := service.AsCaller(principal)
	out, err := c.Door.Call(c, as, "kms", "GenerateDataKey", &kms.GenerateDataKeyInput{
		KeyId: new(keyARN(t)), KeySpec: new("AES_256"), EncryptionContext: contextOf(t.arn()),
	})
	if err != nil {
		return nil, ofKMS(err)
	}
	made, ok := out.(*kms.GenerateDataKeyOutput)
	if !ok || len(made.Plaintext) != 32 {
		return nil, errors.New("sns: KMS has answered no data key")
	}
	if _, err := c.Door.Call(c, as, "kms", "Decrypt", &kms.DecryptInput{CiphertextBlob: made.CiphertextBlob, EncryptionContext: contextOf(t.arn())}); err != nil {
		return nil, ofKMS(err)
	}
	k := &dataKey{wrapped: made.CiphertextBlob, plain: made.Plaintext, until: now.Add(reuse)}
	s.dataKeys.put("open\n"+string(k.wrapped), k)
	return s.dataKeys.put(id, k), nil
}

// openingKey is the data key of a message that is to be delivered. It is opened in the publisher's name, who is asked again whether it may: a key that is
// disabled, or a permission that is withdrawn, holds the message back. A session that has ended meanwhile still counts for this one purpose.
func (s *Service) openingKey(w *service.Work, m *Message) (*dataKey, error) {
	now, id := s.Clock(), "open\n"+string(m.Lock.Wrapped)
	if k := s.dataKeys.get(id, now); k != nil {
		return k, nil
	}
	who := m.Lock.Publisher
	who.CalledVia = append(slices.Clip(who.CalledVia), principal)
	if who.Session != nil && !now.Before(who.Session.ExpiresAt) {
		session := *who.Session
		session.ExpiresAt = now.Add(time.Minute)
		who.Session = &session
	}
	out, err := w.Door.Call(w.Call(m.Account, m.Region), service.AsRole(principal, who), "kms", "Decrypt", &kms.DecryptInput{
		CiphertextBlob: m.Lock.Wrapped, EncryptionContext: contextOf(m.topicARN()),
	})
	if err != nil {
		return nil, fmt.Errorf("the message's key: %w", err)
	}
	opened, ok := out.(*kms.DecryptOutput)
	if !ok || len(opened.Plaintext) != 32 {
		return nil, errors.New("sns: KMS has answered no data key")
	}
	return s.dataKeys.put(id, &dataKey{wrapped: m.Lock.Wrapped, plain: opened.Plaintext, until: now.Add(reuse)}), nil
}

// keyARN names the key so that a publisher of another account means the key of the topic's owner.
func keyARN(t *Topic) string {
	id := t.Settings.Key
	switch {
	case len(id) > 4 && id[:4] == "arn:":
		return id
	case len(id) > 6 && id[:6] == "alias/":
		return "arn:aws:kms:" + t.Region + ":" + t.Account + ":" + id
	}
	return "arn:aws:kms:" + t.Region + ":" + t.Account + ":key/" + id
}

// lock seals the content. key is nil without SSE.
func (s *Service) lock(id string, c *Content, key *dataKey) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return s.Seal.Seal(contents.Name, store.K(id), plain)
	}
	g, err := key.gcm()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, g.NonceSize(), g.NonceSize()+len(plain)+g.Overhead())
	if _, err := io.ReadFull(s.Rand, nonce); err != nil {
		return nil, err
	}
	return g.Seal(nonce, nonce, plain, []byte(id)), nil
}

// unlock opens the content of a message that is to be delivered.
func (s *Service) unlock(w *service.Work, m *Message, sealed []byte) (*Content, error) {
	var plain []byte
	if m.Lock == nil {
		b, err := s.Seal.Open(contents.Name, store.K(m.ID), sealed)
		if err != nil {
			return nil, fmt.Errorf("open message %s: %w", m.ID, err)
		}
		plain = b
	} else {
		key, err := s.openingKey(w, m)
		if err != nil {
			return nil, err
		}
		g, err := key.gcm()
		if err != nil {
			return nil, err
		}
		if len(sealed) < g.NonceSize() {
			return nil, errors.New("sns: a sealed message is too short")
		}
		if plain, err = g.Open(nil, sealed[:g.NonceSize()], sealed[g.NonceSize():], []byte(m.ID)); err != nil {
			return nil, fmt.Errorf("open message %s: %w", m.ID, err)
		}
	}
	c := new(Content)
	return c, json.Unmarshal(plain, c)
}

func (k *dataKey) gcm() (cipher.AEAD, error) {
	b, err := aes.NewCipher(k.plain)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}
