package kms

import (
	"fmt"
	"slices"
	"strings"
	"time"

	api "vauban/api/kms"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Grant lets a principal use a key, beside what the key's policy says. KMS Developer Guide: "Grants in AWS KMS".
type Grant struct {
	Account    string      `json:"account"` // of the key
	Region     string      `json:"region"`
	Key        string      `json:"key"`
	ID         string      `json:"id"`
	Name       string      `json:"name,omitempty"`
	Created    time.Time   `json:"created"`
	Issuer     string      `json:"issuer"` // root ARN of the account that made it
	Operations []string    `json:"operations"`
	Grantee    Beneficiary `json:"grantee"`
	Retiring   Beneficiary `json:"retiring,omitzero"`

	Equals    map[string]string `json:"equals"` // encryption context, whole; nil is no constraint, an empty one is
	Subset    map[string]string `json:"subset"` // encryption context, at least
	SourceARN string            `json:"sourceArn,omitempty"`

	Policy string `json:"policy"` // what it allows, as a key policy would say it
}

// Beneficiary is whom a grant names: a principal by what identifies it, or a service.
type Beneficiary struct {
	Asked   string `json:"asked,omitempty"`   // as the request had it
	ID      string `json:"id,omitempty"`      // unique ID of a user or role, the ARN of others
	Account string `json:"account,omitempty"` // of the unique ID
	Service bool   `json:"service,omitempty"`
}

var grantTable = &store.Table[Grant]{
	Name: "kms.grant",
	Key:  func(g *Grant) store.Key { return grantKey(g.Account, g.Region, g.Key, g.ID) },
	Refs: map[string]func(*Grant) []store.Key{
		"grantee": func(g *Grant) []store.Key {
			return []store.Key{store.K(g.Account, g.Region, g.Key, g.Grantee.ID)}
		},
		"retiring": func(g *Grant) []store.Key {
			if g.Retiring.ID == "" {
				return nil
			}
			return []store.Key{store.K(g.Region, g.Retiring.ID)}
		},
		"name": func(g *Grant) []store.Key {
			if g.Name == "" {
				return nil
			}
			return []store.Key{store.K(g.Account, g.Region, g.Key, g.Name)}
		},
	},
}

func grantKey(account, region, key, id string) store.Key { return store.K(account, region, key, id) }

// named is the grant as decisions cite it.
func (g *Grant) named() (policy.Named, error) {
	doc, err := policy.Parse([]byte(g.Policy))
	if err != nil {
		return policy.Named{}, fmt.Errorf("read grant %s: %w", g.ID, err)
	}
	return policy.Named{Name: "grant " + g.ID, Document: doc}, nil
}

// grantsFor is a grant of the key that allows the caller what it asks for, if there is one.
func (s *Service) grantsFor(c *service.Call, h *held, a *about) ([]policy.Named, error) {
	operation := strings.TrimPrefix(a.action, "kms:")
	for _, id := range identifiers(c.Caller) {
		list, err := s.grantsOf(c, h, id)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			if !slices.Contains(g.Operations, operation) || !g.admits(c, a) {
				continue
			}
			n, err := g.named()
			return []policy.Named{n}, err // any further one would allow the same
		}
	}
	return nil, nil
}

// identifiers are all by which a grant can name the caller.
func identifiers(who *service.Caller) []string {
	switch who.Kind {
	case policy.Service:
		return []string{who.ServiceName}
	case policy.Anonymous, policy.SAML, policy.WebIdentity:
		return nil
	}
	out := []string{who.ARN, "arn:aws:iam::" + who.Account + ":root"}
	if s := who.Session; s != nil {
		out = append(out, s.Issuer.ID)
	} else if who.UserID != "" {
		out = append(out, who.UserID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// grantsOf are the grants of the key to one grantee, read once for each revision of the key.
func (s *Service) grantsOf(c *service.Call, h *held, grantee string) ([]*Grant, error) {
	h.mu.Lock()
	list, ok := h.grants[grantee]
	h.mu.Unlock()
	if ok {
		return list, nil
	}
	err := s.read(c, func(tx store.Tx) error {
		page, err := grantTable.ListRef(tx, "grantee", store.K(h.Account, h.Region, h.ID, grantee), nil, 0)
		list = page.Items
		return err
	})
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.grants == nil || len(h.grants) >= maxGrantees {
		h.grants = map[string][]*Grant{}
	}
	h.grants[grantee] = list
	return list, nil
}

// maxGrantees bounds for how many principals the grants of one key are in memory.
const maxGrantees = 10_000

// admits says whether the grant's constraints let the request through. They are about requests with an encryption context; others of the grant's
// operations are not constrained. A grant that lets its grantee make grants lets it make none that allow more.
func (g *Grant) admits(c *service.Call, a *about) bool {
	if g.SourceARN != "" && g.SourceARN != c.Caller.SourceARN {
		return false
	}
	if a.grant != nil {
		return g.covers(a.grant)
	}
	return !a.bound || g.admitsContext(a)
}

// admitsContext says whether the grant's constraints let an encryption context through.
func (g *Grant) admitsContext(a *about) bool {
	if g.Equals != nil && (len(g.Equals) != len(a.context) || !contains(a.context, g.Equals)) {
		return false
	}
	return contains(a.context, g.Subset)
}

// covers says that another grant allows nothing that this one does not.
func (g *Grant) covers(other *Grant) bool {
	for _, op := range other.Operations {
		if !slices.Contains(g.Operations, op) {
			return false
		}
	}
	if g.SourceARN != "" && g.SourceARN != other.SourceARN {
		return false
	}
	pinned := other.Equals
	if pinned == nil {
		pinned = other.Subset
	}
	if g.Equals != nil && (other.Equals == nil || len(g.Equals) != len(other.Equals) || !contains(other.Equals, g.Equals)) {
		return false
	}
	return contains(pinned, g.Subset)
}

// contains reports whether all pairs of part are in whole.
func contains(whole, part map[string]string) bool {
	for k, v := range part {
		if have, ok := whole[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// grantTokens is what grant tokens are sealed for.
const grantTokens = "kms.grant"

// grantToken names a grant: whoever has it may hand it on. It says nothing that the grant's list does not.
func (s *Service) grantToken(g *Grant) (string, error) {
	return s.Seal.SealToken(grantTokens, []byte(strings.Join([]string{g.Account, g.Region, g.Key, g.ID}, " ")))
}

// checkTokens refuses tokens that are none. Grants count from the moment that they are made, with their token or without.
func (s *Service) checkTokens(_ *use, tokens []string) error {
	for _, t := range tokens {
		if _, err := s.openGrantToken(t); err != nil {
			return err
		}
	}
	return nil
}

// openGrantToken returns the key of the grant that a token names.
func (s *Service) openGrantToken(token string) (store.Key, error) {
	b, err := s.Seal.OpenToken(grantTokens, token)
	if err != nil {
		return nil, api.InvalidGrantTokenException.New("Invalid grant token.").Because(err)
	}
	p := strings.Split(string(b), " ")
	if len(p) != 4 {
		return nil, api.InvalidGrantTokenException.New("Invalid grant token.")
	}
	return grantKey(p[0], p[1], p[2], p[3]), nil
}
