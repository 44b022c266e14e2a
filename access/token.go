package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vauban/service"
)

// ErrToken says that a session token is not one of ours, or was altered.
var ErrToken = errors.New("access: not a valid session token")

// Sealer seals self-contained tokens. seal.Ring implements it.
type Sealer interface {
	SealToken(purpose string, plaintext []byte) (string, error)
	OpenToken(purpose, token string) ([]byte, error)
}

const sessionPurpose = "session"

// Credentials are temporary credentials as the session token carries them: the server stores nothing.
type Credentials struct {
	AccessKeyID string         `json:"k"`
	Secret      string         `json:"s"`
	Caller      service.Caller `json:"c"`
}

// SealSession makes the session token of the credentials.
func SealSession(s Sealer, c *Credentials) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode session: %w", err)
	}
	return s.SealToken(sessionPurpose, b)
}

// OpenSession returns the credentials inside a session token, or [ErrToken]. It does not check the expiry.
func OpenSession(s Sealer, token string) (*Credentials, error) {
	if len(token) > maxToken {
		return nil, ErrToken
	}
	b, err := s.OpenToken(sessionPurpose, token)
	if err != nil {
		return nil, ErrToken
	}
	c := &Credentials{}
	if err := json.Unmarshal(b, c); err != nil || c.Caller.Session == nil {
		return nil, ErrToken
	}
	return c, nil
}

// maxToken bounds a token: session policy, tags and context of the largest session stay far below.
const maxToken = 32 << 10

// Expired reports whether the session has ended at the given time.
func (c *Credentials) Expired(now time.Time) bool { return !now.Before(c.Caller.Session.ExpiresAt) }

const messagePurpose = "authorization message"

// Message is what an encoded authorisation message holds.
type Message struct {
	Account string          `json:"account"`
	Time    time.Time       `json:"time"` // of the call
	Authz   json.RawMessage `json:"authz"`
}

// SealMessage encodes why a call was refused, for sts:DecodeAuthorizationMessage.
func SealMessage(s Sealer, m Message) (string, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("encode authorization message: %w", err)
	}
	return s.SealToken(messagePurpose, b)
}

// OpenMessage decodes an authorisation message, or returns [ErrToken].
func OpenMessage(s Sealer, encoded string) (*Message, error) {
	b, err := s.OpenToken(messagePurpose, encoded)
	if err != nil {
		return nil, ErrToken
	}
	m := &Message{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, ErrToken
	}
	return m, nil
}
