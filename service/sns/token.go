package sns

import (
	"encoding/json"
	"time"
)

// tokenPurpose binds the tokens of confirmations: no other sealed text is one.
const tokenPurpose = "sns.confirmation"

// token is what a confirmation proves. It is sealed: whoever has it has been sent it, at the endpoint.
type token struct {
	Space    string    `json:"s,omitempty"`
	ID       string    `json:"i,omitempty"`
	Endpoint string    `json:"e"`
	Made     time.Time `json:"t"`
	Return   *Farewell `json:"r,omitempty"` // a subscription that has ended and is to be made again
}

func (s *Service) confirmToken(x *Subscription) (string, error) {
	return s.sealToken(&token{Space: x.Space, ID: x.ID, Endpoint: x.Endpoint})
}

func (s *Service) returnToken(f *Farewell) (string, error) {
	return s.sealToken(&token{Endpoint: f.Endpoint, Return: f})
}

func (s *Service) sealToken(t *token) (string, error) {
	t.Made = s.Clock()
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	return s.Seal.SealToken(tokenPurpose, plain)
}

// maxToken bounds what is tried to be opened.
const maxToken = 8 << 10

// openToken reads a token that is still good.
func (s *Service) openToken(text string) (*token, error) {
	if len(text) > maxToken {
		return nil, wireInvalid("Invalid token")
	}
	plain, err := s.Seal.OpenToken(tokenPurpose, text)
	if err != nil {
		return nil, wireInvalid("Invalid token").Because(err)
	}
	t := new(token)
	if err := json.Unmarshal(plain, t); err != nil {
		return nil, err
	}
	if !s.Clock().Before(t.Made.Add(tokenLife)) {
		return nil, wireInvalid("Token is expired: it was good for two days. Subscribe again to be sent another.")
	}
	return t, nil
}
