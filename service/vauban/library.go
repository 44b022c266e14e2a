package vauban

import (
	"strings"

	"vauban/engine/policy"
	"vauban/engine/policy/replay"
	"vauban/service"
	"vauban/store"
)

// library finds the texts of policies that records cite, as far as they still exist: what principals hold, what limits accounts, trust
// policies, and former versions of managed policies. It is of one request.
type library struct {
	s      *Service
	c      *service.Call
	byHash map[string]*policy.Document
	asked  map[string]bool // what has been looked up
	places map[string]bool // account → stands under the node
	err    error           // the first failure: the answer would be wrong
}

var _ replay.Library = (*library)(nil)

func newLibrary(s *Service, c *service.Call) *library {
	return &library{s: s, c: c, byHash: map[string]*policy.Document{}, asked: map[string]bool{}, places: map[string]bool{}}
}

// Document implements [replay.Library].
func (l *library) Document(call *replay.Call, cite replay.Cite) *policy.Document {
	digest := cite.Digest()
	if d := l.byHash[digest]; d != nil {
		return d
	}
	for _, look := range [...]func(){
		func() { l.holder(&call.Principal) },
		func() { l.limits(call.Principal.Account) },
		func() {
			for i := range call.Questions {
				l.limits(call.Questions[i].ResourceAccount)
			}
		},
		func() { l.named(cite) },
	} {
		look()
		if d := l.byHash[digest]; d != nil {
			return d
		}
	}
	return nil
}

func (l *library) first(key string) bool {
	if l.err != nil || l.asked[key] {
		return false
	}
	l.asked[key] = true
	return true
}

func (l *library) keep(list []policy.Named, err error) {
	if err != nil {
		l.err = err
		return
	}
	for _, n := range list {
		if n.Document != nil {
			l.byHash[n.Document.Digest] = n.Document
		}
	}
}

// holder reads what the principal holds now.
func (l *library) holder(who *policy.Principal) {
	kind := who.Kind
	switch {
	case kind == policy.FederatedUser && strings.HasSuffix(who.Role, ":root"):
		kind = policy.Root
	case kind == policy.FederatedUser:
		kind = policy.User
	case kind != policy.Root && kind != policy.User && kind != policy.RoleSession:
		return
	}
	if l.first("holder " + who.Account + " " + who.ID) {
		l.keep(l.s.picture.Held(l.c, kind, who.Account, who.ID))
	}
}

// limits reads what the organization limits the account by now.
func (l *library) limits(account string) {
	if account != "" && l.first("limits "+account) {
		l.keep(l.s.picture.Limits(l.c, account))
	}
}

// named reads a policy by its name: a version of a managed policy, or a role's trust policy.
func (l *library) named(cite replay.Cite) {
	name := cite.Name()
	if !strings.HasPrefix(name, "arn:") || !l.first("named "+string(cite)) {
		return
	}
	err := l.s.Store.Read(l.c, func(tx store.Tx) error {
		if strings.Contains(name, ":role/") {
			doc, err := l.s.identities.Trust(tx, name)
			if err == nil {
				l.keep([]policy.Named{{Name: name, Document: doc}}, nil)
			}
			return ignore(err)
		}
		text, err := l.s.identities.Version(tx, name, cite.Version())
		if err != nil || text == "" {
			return err
		}
		doc, err := policy.Parse([]byte(text))
		if err == nil {
			l.keep([]policy.Named{{Name: name, Document: doc}}, nil)
		}
		return err
	})
	if err != nil {
		l.err = err
	}
}

// under says of an account whether a policy at the node would limit it: it stands under the node, and is not the management account.
func (l *library) under(node, org string) func(account string) bool {
	return func(account string) bool {
		is, known := l.places[account]
		if known || l.err != nil || account == "" {
			return is
		}
		m, err := l.s.picture.Membership(l.c, account)
		if err != nil {
			l.err = err
			return false
		}
		is = !m.Management && (account == node || org != "" && m.Organization == org && strings.Contains("/"+m.Path, "/"+node+"/"))
		l.places[account] = is
		return is
	}
}
