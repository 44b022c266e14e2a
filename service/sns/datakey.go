package sns

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"vauban/service"
	"vauban/service/datakey"
	"vauban/store"
)

// Contents are always sealed at rest: under the ring of this deployment, or under a data key of KMS where the topic has a key. They are bound to the
// message's ID.

const reuse = 5 * time.Minute // Developer guide: "Amazon SNS data encryption", data key caching

func contextOf(topic string) map[string]string { return map[string]string{"aws:sns:topicArn": topic} }

// sealingKey is the data key for messages that the caller publishes to the topic; nil when the topic has no key of KMS. The caller must be allowed both
// to make it and to open it again, as with AWS: the delivery happens in its name. It must not be called in a transaction.
func (s *Service) sealingKey(c *service.Call, t *Topic) (*datakey.Key, error) {
	if t.Settings.Key == "" {
		return nil, nil
	}
	asker, err := datakey.Asker(c)
	if err != nil {
		return nil, err
	}
	now, id := s.Clock(), "seal\n"+asker+"\n"+t.arn()+"\n"+t.Settings.Key
	if k := s.dataKeys.Get(id, now); k != nil {
		return k, nil
	}
	as := service.AsCaller(principal)
	k, err := datakey.Generate(c, as, datakey.ARN(t.Settings.Key, c.Partition, t.Region, t.Account), contextOf(t.arn()))
	if err != nil {
		return nil, ofKMS(err)
	}
	if _, err := datakey.Decrypt(c, as, k.Wrapped, contextOf(t.arn())); err != nil {
		return nil, ofKMS(err)
	}
	s.dataKeys.Put("open\n"+string(k.Wrapped), k, now.Add(reuse))
	s.dataKeys.Put(id, k, now.Add(reuse))
	return k, nil
}

// openingKey is the data key of a message that is to be delivered. It is opened in the publisher's name, who is asked again whether it may: a key that is
// disabled, or a permission that is withdrawn, holds the message back. A session that has ended meanwhile still counts for this one purpose.
func (s *Service) openingKey(w *service.Work, m *Message) (*datakey.Key, error) {
	now, id := s.Clock(), "open\n"+string(m.Lock.Wrapped)
	if k := s.dataKeys.Get(id, now); k != nil {
		return k, nil
	}
	who := m.Lock.Publisher
	who.CalledVia = append(slices.Clip(who.CalledVia), principal)
	if who.Session != nil && !now.Before(who.Session.ExpiresAt) {
		session := *who.Session
		session.ExpiresAt = now.Add(time.Minute)
		who.Session = &session
	}
	k, err := datakey.Decrypt(w.Call(m.Account, m.Region), service.AsRole(principal, who), m.Lock.Wrapped, contextOf(m.topicARN()))
	if err != nil {
		return nil, fmt.Errorf("the message's key: %w", err)
	}
	s.dataKeys.Put(id, k, now.Add(reuse))
	return k, nil
}

// lock seals the content. key is nil without SSE.
func (s *Service) lock(id string, c *Content, key *datakey.Key) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return s.Seal.Seal(contents.Name, store.K(id), plain)
	}
	return key.Seal(s.Rand, plain, id)
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
		if plain, err = key.Open(sealed, m.ID); err != nil {
			return nil, fmt.Errorf("open message %s: %w", m.ID, err)
		}
	}
	c := new(Content)
	return c, json.Unmarshal(plain, c)
}
