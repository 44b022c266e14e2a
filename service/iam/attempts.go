package iam

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"

	"vauban/store"
)

// This file slows down whoever guesses: passwords, old passwords and MFA codes. A try counts as failed from before the secret is looked at until
// it has proved otherwise, so that tries at the same time cannot outrun the count. Counts are in the store: all replicas share them.
// They are no configuration, and leave no record of their own; the failed call does.

// subject is what tries are counted against. A name that does not exist is counted like one that does.
type subject struct {
	id    []byte
	limit tryLimit
	// known is where tries from a source that has succeeded before are counted instead: so that a stranger who fails on purpose does
	// not keep the owner out. Nil when the source does not matter.
	known []byte
}

// tryLimit says how many failures cost nothing, how fast they are forgotten, and how long one waits at most.
type tryLimit struct {
	free  int
	drain time.Duration // one failure is forgotten in this time
	most  time.Duration
}

// limitSecret is for one secret; limitSource for one address, behind which many people may be.
var (
	limitSecret = tryLimit{free: 5, drain: 15 * time.Minute, most: 15 * time.Minute}
	limitSource = tryLimit{free: 50, drain: 20 * time.Second, most: 15 * time.Minute}
)

// sourceKnown is how long a source is known after a success.
const sourceKnown = 30 * 24 * time.Hour

// tries are the failures of one subject that are not forgotten yet.
type tries struct {
	ID     []byte    `json:"id"` // a hash: people type their passwords where their names belong
	Failed int       `json:"failed"`
	Since  time.Time `json:"since"`          // from when on failures are forgotten, one after the other
	Until  time.Time `json:"until,omitzero"` // no try before
	Gone   time.Time `json:"gone"`           // when nothing of this counts any more
	Known  bool      `json:"known,omitempty"`
}

var tryTable = &store.Table[tries]{
	Name: "iam.tries",
	Key:  func(t *tries) store.Key { return store.K(t.ID) },
}

func subjectID(parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return sum[:16]
}

// subjectSource is the address, or the /64 of an IPv6 address: one host commands a whole /64.
func subjectSource(a netip.Addr) subject {
	return subject{id: subjectID("source", network(a)), limit: limitSource}
}

// subjectSecret is a secret of an account, e.g. the password of a user, tried from a source.
func subjectSecret(kind, account, owner string, from netip.Addr) subject {
	return subject{id: subjectID(kind, account, owner), known: subjectID(kind, account, owner, network(from)), limit: limitSecret}
}

// subjectPassword is the password of the user of that name, whether there is one or not.
func subjectPassword(account, user string, from netip.Addr) subject {
	return subjectSecret("password", account, strings.ToLower(user), from)
}

func network(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// TryLater refuses a try: there were too many failures.
type TryLater struct{ After time.Duration }

func (e *TryLater) Error() string { return "too many failed attempts: try again in " + e.wait() }

func (e *TryLater) wait() string { return max(e.After, time.Second).Round(time.Second).String() }

// try counts a failure of all subjects, or answers [*TryLater].
func try(ctx context.Context, db store.DB, now time.Time, subjects ...subject) error {
	return db.Write(ctx, func(tx store.Tx) error {
		var wait time.Duration
		counted := make([]*tries, len(subjects))
		for i, s := range subjects {
			t, err := s.tries(tx, now)
			if err != nil {
				return err
			}
			wait = max(wait, t.Until.Sub(now))
			t.fail(s.limit, now)
			counted[i] = t
		}
		if wait > 0 {
			return &TryLater{After: wait}
		}
		for _, t := range counted {
			if err := tryTable.Put(tx, t); err != nil {
				return err
			}
		}
		return sweep(tx, subjects[0].id, now)
	})
}

// tries are the subject's failures, without those that are forgotten.
func (s subject) tries(tx store.Tx, now time.Time) (*tries, error) {
	if s.known != nil {
		t, err := load(tx, s.known, s.limit, now)
		if err != nil || t.Known && now.Before(t.Gone) {
			return t, err
		}
	}
	return load(tx, s.id, s.limit, now)
}

func load(tx store.Tx, id []byte, l tryLimit, now time.Time) (*tries, error) {
	t, err := tryTable.Get(tx, store.K(id))
	if store.IsAbsent(err) {
		return &tries{ID: id, Since: now}, nil
	}
	if err != nil {
		return nil, err
	}
	if n := int(now.Sub(t.Since) / l.drain); n > 0 {
		t.Failed = max(0, t.Failed-n)
		t.Since = t.Since.Add(time.Duration(n) * l.drain)
	}
	if t.Failed == 0 {
		t.Since = now
	}
	return t, nil
}

// fail adds one failure. After the free ones the wait doubles, from a second on.
func (t *tries) fail(l tryLimit, now time.Time) {
	t.Failed++
	t.Until = time.Time{}
	if n := t.Failed - l.free; n >= 0 {
		t.Until = now.Add(min(time.Second<<min(n, 20), l.most))
	}
	if !t.Known {
		t.Gone = t.Since.Add(time.Duration(t.Failed) * l.drain)
	}
}

// withdraw takes one failure back: the try was neither a success nor a guess.
func withdraw(tx store.Tx, now time.Time, subjects ...subject) error {
	for _, s := range subjects {
		t, err := s.tries(tx, now)
		if err != nil {
			return err
		}
		t.Failed, t.Until = max(0, t.Failed-1), time.Time{}
		if err := t.keep(tx); err != nil {
			return err
		}
	}
	return nil
}

// forgive forgets all failures: the secret was proved. The source is known from now on.
func forgive(tx store.Tx, s subject, now time.Time) error {
	t, err := s.tries(tx, now)
	if err != nil {
		return err
	}
	t.Failed, t.Until = 0, time.Time{}
	if err := t.keep(tx); err != nil || s.known == nil {
		return err
	}
	return tryTable.Put(tx, &tries{ID: s.known, Since: now, Known: true, Gone: now.Add(sourceKnown)})
}

func (t *tries) keep(tx store.Tx) error {
	if t.Failed > 0 || t.Known {
		return tryTable.Put(tx, t)
	}
	err := tryTable.Delete(tx, tryTable.Key(t))
	if store.IsAbsent(err) {
		return nil
	}
	return err
}

// sweep removes a few documents that hold nothing any more. IDs are hashes, so that those after any ID are a random choice: the
// table stays about as large as what still counts.
func sweep(tx store.Tx, after []byte, now time.Time) error {
	old, err := tryTable.List(tx, nil, store.K(after), 3)
	if err != nil {
		return err
	}
	for _, t := range old.Items {
		if now.Before(t.Gone) {
			continue
		}
		if err := tryTable.Delete(tx, tryTable.Key(t)); err != nil {
			return err
		}
	}
	return nil
}

// TryMFA counts a try of an MFA code against the owner, or answers [*TryLater]. Whoever lets codes be tried calls it before
// [VerifyMFA], outside of the transaction that may roll back, and [PassedMFA] inside of it.
func TryMFA(ctx context.Context, db store.DB, account, ownerID string, from netip.Addr, now time.Time) error {
	return try(ctx, db, now, subjectSecret("mfa", account, ownerID, from))
}

// PassedMFA forgets the owner's failed tries.
func PassedMFA(tx store.Tx, account, ownerID string, from netip.Addr, now time.Time) error {
	return forgive(tx, subjectSecret("mfa", account, ownerID, from), now)
}
