package iam

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// useKind is what a [LastUse] is about.
type useKind string

const (
	lastUsedKey  useKind = "access-key" // ID is the access key ID
	lastUsedRole useKind = "role"       // ID is the role's unique ID
)

// LastUse is when an access key or a role was used last. Refused calls count: AWS counts attempts. IAM User Guide: "Refine permissions in
// AWS using last accessed information". It is kept to the minute: of the calls in one minute that look alike, the first is kept.
type LastUse struct {
	Kind    useKind   `json:"kind"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Region  string    `json:"region"`
	Service string    `json:"service"` // as in the event source, without ".amazonaws.com"
}

var lastUsed = &store.Table[LastUse]{
	Name: "iam.last-used",
	Key:  func(u *LastUse) store.Key { return store.K(string(u.Kind), u.ID) },
}

// lastUse returns the last use, nil when there was none.
func lastUse(tx store.Tx, kind useKind, id string) (*LastUse, error) {
	u, err := lastUsed.Get(tx, store.K(string(kind), id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return u, err
}

// Consumers implements [service.Consuming].
func (s *Service) Consumers() []service.Consumer {
	return []service.Consumer{{Name: "iam.last-used", Handle: noteUses}}
}

// noteUses derives from a batch of the log what was used when. It writes each document once at most, and nothing when a batch comes again.
func noteUses(tx store.Tx, batch []*eventlog.Entry) error {
	n := notes{uses: map[useOf]*LastUse{}, services: map[serviceOf]*serviceUse{}}
	for _, e := range batch {
		n.add(e)
	}
	for at, u := range n.uses {
		old, err := lastUse(tx, at.kind, at.id)
		if err != nil {
			return err
		}
		if old != nil && !u.news(old) {
			continue
		}
		if err := lastUsed.Put(tx, u); err != nil {
			return err
		}
	}
	for _, a := range n.services {
		if err := a.save(tx); err != nil {
			return err
		}
	}
	return nil
}

// notes is what one batch says: the latest use of everything in it.
type notes struct {
	uses     map[useOf]*LastUse
	services map[serviceOf]*serviceUse
}

type useOf struct {
	kind useKind
	id   string
}

func (n *notes) add(e *eventlog.Entry) {
	who := userOf(e)
	if who.id == "" {
		return
	}
	if strings.HasPrefix(e.AccessKeyID, longTermPrefix) {
		n.use(lastUsedKey, e.AccessKeyID, e)
	}
	if who.role {
		n.use(lastUsedRole, who.id, e)
	}
	for _, action := range actionsOf(e) {
		n.service(who, action, e)
	}
}

func (n *notes) use(kind useKind, id string, e *eventlog.Entry) {
	u := &LastUse{Kind: kind, ID: id, Time: e.Time.UTC().Truncate(time.Second), Region: e.Region, Service: strings.TrimSuffix(e.Source, ".amazonaws.com")}
	at := useOf{kind, id}
	if old := n.uses[at]; old == nil || u.news(old) {
		n.uses[at] = u
	}
}

// news reports whether u says more than old, which is about the same thing.
func (u *LastUse) news(old *LastUse) bool {
	return later(u.Time, old.Time, u.Region != old.Region || u.Service != old.Service)
}

// later reports whether an event at t is worth keeping after one at old: it is in a later minute, or later and different.
func later(t, old time.Time, different bool) bool {
	if different {
		return t.After(old)
	}
	return t.Truncate(time.Minute).After(old.Truncate(time.Minute))
}

// usedBy is the user or role whose credentials made a call. The zero value stands for all others.
type usedBy struct {
	account string
	id      string // unique ID
	role    bool
}

// userOf reads the record's userIdentity. A record that cannot be read says nothing about uses.
func userOf(e *eventlog.Entry) usedBy {
	var r struct {
		UserIdentity struct {
			Type           string
			PrincipalID    string `json:"principalId"`
			AccountID      string `json:"accountId"`
			SessionContext struct {
				SessionIssuer struct {
					Type        string
					PrincipalID string `json:"principalId"`
					AccountID   string `json:"accountId"`
				}
			}
		}
	}
	if err := json.Unmarshal(e.Record, &r); err != nil {
		return usedBy{}
	}
	who, issuer := &r.UserIdentity, &r.UserIdentity.SessionContext.SessionIssuer
	switch {
	case who.Type == "IAMUser":
		return usedBy{account: who.AccountID, id: who.PrincipalID}
	case who.Type == "FederatedUser" && issuer.Type == "IAMUser":
		return usedBy{account: issuer.AccountID, id: issuer.PrincipalID}
	case who.Type == "AssumedRole":
		return usedBy{account: issuer.AccountID, id: issuer.PrincipalID, role: true}
	}
	return usedBy{}
}

// actionsOf are the actions that the call was asked for.
func actionsOf(e *eventlog.Entry) []string {
	var a struct {
		Questions []struct{ Action string }
	}
	if len(e.Authz) == 0 || json.Unmarshal(e.Authz, &a) != nil {
		return nil
	}
	out := make([]string, len(a.Questions))
	for i := range a.Questions {
		out[i] = a.Questions[i].Action
	}
	return out
}
