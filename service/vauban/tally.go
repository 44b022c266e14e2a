package vauban

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	api "vauban/api/vauban"
	"vauban/engine/policy"
	"vauban/engine/policy/replay"
	"vauban/eventlog"
	"vauban/store"
)

// tally adds up what would change, by who does what.
type tally struct {
	read, replayed, incomplete int64
	changes                    map[string]*change
	order                      []*change
	hidden                     func(account string) bool // accounts whose policies the caller may not see
}

// change is calls of one kind.
type change struct {
	kind, principal, action, resource, event string
	count                                    int64
	first, last                              time.Time
	by                                       []policy.Reason
	why                                      []string
}

// add adds a call.
func (t *tally) add(e *eventlog.Entry, c *replay.Call, o *replay.Outcome) {
	q := &c.Questions[o.Question]
	kind := "unknown"
	switch {
	case o.Told && o.After == policy.Allow:
		kind = "allowed"
	case o.Told:
		kind = "denied"
	}
	by, why := o.By, o.Why
	if t.hidden(c.Principal.Account) && c.Principal.Account != "" {
		by = slices.DeleteFunc(slices.Clone(by), func(r policy.Reason) bool { return !ofResource(r.Layer) })
		if why != nil {
			why = []string{"policies of account " + c.Principal.Account + " may have changed since"}
		}
	}
	who := principalName(&c.Principal)
	key := strings.Join([]string{kind, who, strings.ToLower(q.Action), q.Resource, fmt.Sprint(by), strings.Join(why, "\n")}, "\x00")
	g := t.changes[key]
	if g == nil {
		if t.changes == nil {
			t.changes = map[string]*change{}
		}
		g = &change{kind: kind, principal: who, action: q.Action, resource: q.Resource, first: e.Time, by: by, why: why}
		t.changes[key] = g
		t.order = append(t.order, g)
	}
	g.count++
	if e.Time.Before(g.first) {
		g.first = e.Time
	}
	if !e.Time.Before(g.last) {
		g.last, g.event = e.Time, e.ID
	}
}

// ofResource says that the layer belongs to the owner of the resource.
func ofResource(l policy.Layer) bool {
	return l == policy.LayerRCP || l == policy.LayerResource || l == policy.LayerTrust
}

// principalName is who calls. Sessions of one role are one.
func principalName(who *policy.Principal) string {
	switch {
	case who.Kind == policy.Anonymous:
		return "anonymous"
	case who.Kind == policy.Service:
		return who.Service
	case who.Kind == policy.RoleSession:
		return who.Role
	case who.ARN == "":
		return who.Provider
	}
	return who.ARN
}

func (t *tally) output() *api.WhatIfOutput {
	out := &api.WhatIfOutput{Changes: make([]api.Change, len(t.order)), Records: &t.read, Replayed: &t.replayed, Incomplete: &t.incomplete}
	for i, g := range t.order {
		out.Changes[i] = api.Change{Change: &g.kind, PrincipalArn: &g.principal, Action: &g.action, Resource: &g.resource, Count: &g.count,
			First: new(g.first.UTC().Truncate(time.Second)), Last: new(g.last.UTC().Truncate(time.Second)), EventId: &g.event, Unknown: g.why}
		if g.by != nil {
			out.Changes[i].DecidedBy = reasons(g.by)
		}
	}
	return out
}

func ignore(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
