package sqs

import (
	"encoding/json"
	"errors"
	"fmt"

	"vauban/service/datakey"
	"vauban/store"
)

// Contents are always sealed at rest: under the ring of this deployment, or under a data key of KMS where the queue has a key. They are bound
// to the message's ID, which it keeps when it moves to another queue.

const contentTable = "sqs.content"

// lock puts the content into the message. key is nil without SSE-KMS; queue is the ARN of the one whose key it is.
func (s *Service) lock(m *Message, c *Content, key *datakey.Key, queue string) (large *Large, err error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	if key == nil {
		sealed, err = s.Seal.Seal(contentTable, store.K(m.ID), plain)
	} else {
		m.Lock = &Lock{Queue: queue, Wrapped: key.Wrapped}
		sealed, err = key.Seal(s.Rand, plain, m.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	if len(sealed) <= inline {
		m.Content = sealed
		return nil, nil
	}
	m.Apart = true
	return &Large{ID: m.ID, Content: sealed}, nil
}

// unlock opens the content. key is nil without SSE-KMS.
func (s *Service) unlock(m *Message, sealed []byte, key *datakey.Key) (*Content, error) {
	var plain []byte
	var err error
	switch {
	case m.Lock == nil:
		plain, err = s.Seal.Open(contentTable, store.K(m.ID), sealed)
	case key == nil:
		err = errors.New("there is no data key")
	default:
		plain, err = key.Open(sealed, m.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("open message %s: %w", m.ID, err)
	}
	c := new(Content)
	return c, json.Unmarshal(plain, c)
}

// sealedContent reads the content that may lie apart.
func sealedContent(tx store.Tx, m *Message) ([]byte, error) {
	if !m.Apart {
		return m.Content, nil
	}
	l, err := larges.Get(tx, store.K(m.ID))
	if err != nil {
		return nil, fmt.Errorf("content of message %s: %w", m.ID, err)
	}
	return l.Content, nil
}
