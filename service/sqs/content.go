package sqs

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"vauban/store"
)

// Contents are always sealed at rest: under the ring of this deployment, or under a data key of KMS where the queue has a key. They are bound
// to the message's ID, which it keeps when it moves to another queue.

const contentTable = "sqs.content"

// lock puts the content into the message. key is nil without SSE-KMS.
func (s *Service) lock(m *Message, c *Content, key *dataKey) (large *Large, err error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	if key == nil {
		sealed, err = s.Seal.Seal(contentTable, store.K(m.ID), plain)
	} else {
		m.Lock = &Lock{Queue: key.queue, Wrapped: key.wrapped}
		sealed, err = key.seal(s.Rand, m.ID, plain)
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
func (s *Service) unlock(m *Message, sealed []byte, key *dataKey) (*Content, error) {
	var plain []byte
	var err error
	if m.Lock == nil {
		plain, err = s.Seal.Open(contentTable, store.K(m.ID), sealed)
	} else {
		plain, err = key.open(m.ID, sealed)
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

// seal is AES-256-GCM under the data key, with the message's ID beside. A data key is used for a day at most, far below the number of messages
// for which random nonces are safe.
func (k *dataKey) seal(random io.Reader, id string, plain []byte) ([]byte, error) {
	g, err := k.gcm()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, g.NonceSize(), g.NonceSize()+len(plain)+g.Overhead())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	return g.Seal(nonce, nonce, plain, []byte(id)), nil
}

func (k *dataKey) open(id string, sealed []byte) ([]byte, error) {
	if k == nil {
		return nil, errors.New("there is no data key")
	}
	g, err := k.gcm()
	if err != nil {
		return nil, err
	}
	if len(sealed) < g.NonceSize() {
		return nil, errors.New("too short")
	}
	return g.Open(nil, sealed[:g.NonceSize()], sealed[g.NonceSize():], []byte(id))
}

func (k *dataKey) gcm() (cipher.AEAD, error) {
	b, err := aes.NewCipher(k.plain)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}
