package iam

import (
	"errors"
	"strings"
	"time"

	"vauban/eventlog"
	"vauban/store"
)

// serviceUse is when a user or role called one service last, and each of its actions.
type serviceUse struct {
	Account   string               `json:"account"`
	Principal string               `json:"principal"` // unique ID
	Namespace string               `json:"namespace"` // prefix of the service's actions: "iam"
	Time      time.Time            `json:"time"`
	Region    string               `json:"region"`
	Actions   map[string]attempted `json:"actions"` // by name without the prefix
}

// attempted is the last attempt at an action.
type attempted struct {
	Time   time.Time `json:"time"`
	Region string    `json:"region"`
}

var serviceUses = &store.Table[serviceUse]{
	Name: "iam.service-use",
	Key:  func(a *serviceUse) store.Key { return store.K(a.Account, a.Principal, a.Namespace) },
}

type serviceOf struct{ account, principal, namespace string }

// service notes one attempt at an action.
func (n *notes) service(who usedBy, action string, e *eventlog.Entry) {
	namespace, name, ok := strings.Cut(action, ":")
	if !ok {
		return
	}
	at := serviceOf{who.account, who.id, namespace}
	a := n.services[at]
	if a == nil {
		a = &serviceUse{Account: who.account, Principal: who.id, Namespace: namespace, Actions: map[string]attempted{}}
		n.services[at] = a
	}
	a.attempt(name, attempted{e.Time.UTC().Truncate(time.Second), e.Region})
}

// attempt notes an attempt and reports whether it changed anything.
func (a *serviceUse) attempt(action string, t attempted) (changed bool) {
	if later(t.Time, a.Time, t.Region != a.Region) {
		a.Time, a.Region, changed = t.Time, t.Region, true
	}
	old, known := a.Actions[action]
	if !known || later(t.Time, old.Time, t.Region != old.Region) {
		a.Actions[action], changed = t, true
	}
	return changed
}

// save merges the attempts of a batch into what is stored. Principals that were deleted meanwhile leave nothing behind.
func (a *serviceUse) save(tx store.Tx) error {
	stored, err := serviceUses.Get(tx, serviceUses.Key(a))
	if errors.Is(err, store.ErrNotFound) {
		exists, err := lives(tx, a.Account, a.Principal)
		if err != nil || !exists {
			return err
		}
		return serviceUses.Insert(tx, a)
	}
	if err != nil {
		return err
	}
	changed := false
	for action, t := range a.Actions {
		changed = stored.attempt(action, t) || changed
	}
	if !changed {
		return nil
	}
	return serviceUses.Update(tx, stored)
}

// serviceUsesOf returns what a user or role called, by namespace.
func serviceUsesOf(tx store.Tx, account, principal string) (map[string]*serviceUse, error) {
	out := map[string]*serviceUse{}
	for a, err := range serviceUses.Each(tx, store.K(account, principal)) {
		if err != nil {
			return nil, err
		}
		out[a.Namespace] = a
	}
	return out, nil
}
