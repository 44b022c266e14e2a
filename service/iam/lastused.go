package iam

import (
	"bytes"
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
		if err := u.save(tx, at); err != nil {
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

// save puts the use in the place of an older one. Keys and roles that were deleted meanwhile leave nothing behind.
func (u *LastUse) save(tx store.Tx, at useOf) error {
	old, err := lastUse(tx, at.kind, at.id)
	if err != nil {
		return err
	}
	if old != nil {
		if !u.news(old) {
			return nil
		}
		return lastUsed.Update(tx, u)
	}
	exists := false
	if at.kind == lastUsedKey {
		exists, err = accessKeys.Has(tx, store.K(at.id))
	} else {
		exists, err = lives(tx, at.account, at.id)
	}
	if err != nil || !exists {
		return err
	}
	return lastUsed.Insert(tx, u)
}

// lives reports whether the account has a user or role of that unique ID.
func lives(tx store.Tx, account, id string) (bool, error) {
	_, err := principalByID(tx, account, id)
	if store.IsAbsent(err) {
		return false, nil
	}
	return err == nil, err
}

// forgetKey removes the last use of a key that is being deleted.
func forgetKey(tx store.Tx, id string) error { return forget(tx, lastUsedKey, id) }

// forgetPrincipal removes the last uses of a user or role that is being deleted.
func forgetPrincipal(tx store.Tx, account, id string) error {
	uses, err := serviceUsesOf(tx, account, id)
	if err != nil {
		return err
	}
	for _, a := range uses {
		if err := serviceUses.Delete(tx, serviceUses.Key(a)); err != nil {
			return err
		}
	}
	return forget(tx, lastUsedRole, id)
}

func forget(tx store.Tx, kind useKind, id string) error {
	err := lastUsed.Delete(tx, store.K(string(kind), id))
	if store.IsAbsent(err) {
		return nil
	}
	return err
}

// notes is what one batch says: the latest use of everything in it.
type notes struct {
	uses     map[useOf]*LastUse
	services map[serviceOf]*serviceUse
	last     map[string]likeness // by access key
}

// likeness is what two calls with one access key have in common when the second says nothing new.
type likeness struct {
	source, name, region string
	minute               int64
}

// repeats reports whether the call is like the one before it with the same access key: nothing needs to be read of it. Calls that asked for
// several actions are read always: an operation may ask for more or fewer of them.
func (n *notes) repeats(e *eventlog.Entry) bool {
	if e.AccessKeyID == "" {
		return false
	}
	if bytes.Count(e.Authz, []byte(`"action":"`)) > 1 {
		delete(n.last, e.AccessKeyID)
		return false
	}
	like := likeness{e.Source, e.Name, e.Region, e.Time.Unix() / 60}
	if n.last[e.AccessKeyID] == like {
		return true
	}
	if n.last == nil {
		n.last = map[string]likeness{}
	}
	n.last[e.AccessKeyID] = like
	return false
}

type useOf struct {
	kind    useKind
	id      string
	account string // of roles
}

func (n *notes) add(e *eventlog.Entry) {
	if n.repeats(e) {
		return
	}
	who := userOf(e)
	if who.id == "" {
		return
	}
	if strings.HasPrefix(e.AccessKeyID, longTermPrefix) {
		n.use(useOf{kind: lastUsedKey, id: e.AccessKeyID}, e)
	}
	if who.role {
		n.use(useOf{kind: lastUsedRole, id: who.id, account: who.account}, e)
	}
	for _, action := range actionsOf(e) {
		n.service(who, action, e)
	}
}

func (n *notes) use(at useOf, e *eventlog.Entry) {
	u := &LastUse{Kind: at.kind, ID: at.id, Time: e.Time.UTC().Truncate(time.Second), Region: e.Region, Service: strings.TrimSuffix(e.Source, ".amazonaws.com")}
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
