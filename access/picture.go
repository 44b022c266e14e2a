package access

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"vauban/engine/policy"
	"vauban/store"
)

// MaxStale is how long a picture may go without having read the change feed before it refuses to answer.
const MaxStale = 2 * time.Second

// lookTime bounds one look at the feed: a store that hangs must not hold up those who wait for the look.
const lookTime = 5 * time.Second

// ErrStale says that the store could not be reached for [MaxStale]: fail closed.
var ErrStale = errors.New("access: the picture of permissions is out of date because the store does not answer")

// Picture is the cache. Its methods may be called from any goroutine.
type Picture struct {
	db    store.DB
	src   Source
	clock func() time.Time

	mu      sync.RWMutex
	entries map[cacheKey]*entry
	readers map[docKey]map[cacheKey]struct{} // which entries read a document
	recent  []store.Change                   // ring of the last changes applied, for loads that were under way
	next    int                              // where the next change goes in recent
	applied int64                            // last change applied
	gap     int64                            // changes up to this one may be missing from recent

	synced atomic.Int64 // unix nanoseconds of the last successful look at the feed
	sync   catchUp
	docs   documents
}

type cacheKey struct{ kind, id string }

type docKey struct{ table, key string }

type entry struct {
	value any // *Key, *Holder, *member or *policy.Named
	reads []docKey
}

const (
	maxEntries = 100_000
	ringSize   = 8192
)

// New returns a picture that is up to date with the head of the feed. Run keeps it so.
func New(ctx context.Context, db store.DB, src Source, clock func() time.Time) (*Picture, error) {
	p := &Picture{
		db: db, src: src, clock: clock,
		entries: map[cacheKey]*entry{},
		readers: map[docKey]map[cacheKey]struct{}{},
		recent:  make([]store.Change, ringSize),
	}
	head, err := db.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the head of the change feed: %w", err)
	}
	p.applied = head
	p.synced.Store(clock().UnixNano())
	return p, nil
}

// followPause is the least time between two looks at the feed that no caller asked for: under load each commit wakes.
const followPause = 20 * time.Millisecond

// Run follows the change feed until ctx ends.
func (p *Picture) Run(ctx context.Context) error {
	wake, cancel := p.db.Wake()
	defer cancel()
	tick := time.NewTicker(MaxStale / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-tick.C:
		}
		_ = p.Sync(ctx) // a failure shows as staleness, which every answer checks
		select {
		case <-ctx.Done():
		case <-time.After(followPause):
		}
	}
}

// Sync catches up with the head of the feed. Callers that wait at the same time share one look.
func (p *Picture) Sync(ctx context.Context) error {
	return p.sync.do(ctx, p.follow)
}

func (p *Picture) follow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for {
		p.mu.RLock()
		after := p.applied
		p.mu.RUnlock()
		changes, err := p.db.Changes(ctx, after, 1000)
		if errors.Is(err, store.ErrGap) {
			err = p.startOver(ctx)
		}
		if err != nil {
			return fmt.Errorf("read the change feed: %w", err)
		}
		p.apply(changes)
		if len(changes) < 1000 {
			p.synced.Store(p.clock().UnixNano())
			return nil
		}
	}
}

// startOver forgets everything: changes were dropped from the feed before this picture saw them.
func (p *Picture) startOver(ctx context.Context) error {
	head, err := p.db.Head(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.entries)
	clear(p.readers)
	p.applied, p.gap = head, head
	return nil
}

func (p *Picture) apply(changes []store.Change) {
	if len(changes) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range changes {
		if c.Seq <= p.applied {
			continue
		}
		p.applied = c.Seq
		p.recent[p.next] = c
		p.next = (p.next + 1) % len(p.recent)
		for k := range p.readers[docKey{c.Table, string(c.Key)}] {
			p.drop(k)
		}
	}
}

func (p *Picture) drop(k cacheKey) {
	e := p.entries[k]
	if e == nil {
		return
	}
	delete(p.entries, k)
	for _, d := range e.reads {
		delete(p.readers[d], k)
		if len(p.readers[d]) == 0 {
			delete(p.readers, d)
		}
	}
}

// Stale reports whether the feed could not be read for [MaxStale].
func (p *Picture) Stale() bool {
	since := p.clock().UnixNano() - p.synced.Load()
	return since > int64(MaxStale) || since < -int64(MaxStale) // a clock that was set back tells nothing
}

// fresh returns nil when answers may be given: at once on the hot path, else after one attempt to catch up, which a store that hangs does not
// draw out.
func (p *Picture) fresh(ctx context.Context) error {
	if !p.Stale() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, MaxStale)
	defer cancel()
	if err := p.Sync(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	return nil
}

// load returns the cached answer for k, or makes it with fn on a snapshot and keeps it. A nil answer is not kept. Inside a transaction an
// answer that is not cached is read through it and not kept: it may be older than the feed, or not committed, and a second snapshot
// inside the first could wait for ever.
func load[T any](ctx context.Context, p *Picture, inside store.Tx, k cacheKey, fn func(store.Tx) (*T, error)) (*T, error) {
	p.mu.RLock()
	e := p.entries[k]
	p.mu.RUnlock()
	if e != nil {
		return e.value.(*T), nil
	}
	if inside != nil {
		return fn(inside)
	}
	for {
		p.mu.RLock()
		since := p.applied
		p.mu.RUnlock()
		var v *T
		var tx *noting
		err := p.db.Read(ctx, func(t store.Tx) error {
			tx = &noting{Tx: t}
			var err error
			v, err = fn(tx)
			return err
		})
		if err != nil || v == nil {
			return nil, err
		}
		if p.keep(k, &entry{value: v, reads: tx.reads}, since) {
			return v, nil
		}
	}
}

// keep stores the entry unless one of the documents that it read has changed since the feed stood at since.
func (p *Picture) keep(k cacheKey, e *entry, since int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.applied > since {
		for _, c := range p.recent {
			if c.Seq <= since {
				continue
			}
			for _, d := range e.reads {
				if d.table == c.Table && d.key == string(c.Key) {
					return false
				}
			}
		}
		if p.oldest() > since+1 {
			return false // what changed in between is no longer known
		}
	}
	if len(p.entries) >= maxEntries {
		for victim := range p.entries { // map order is random: good enough an eviction
			p.drop(victim)
			break
		}
	}
	p.drop(k)
	p.entries[k] = e
	for _, d := range e.reads {
		m := p.readers[d]
		if m == nil {
			m = map[cacheKey]struct{}{}
			p.readers[d] = m
		}
		m[k] = struct{}{}
	}
	return true
}

// oldest is the first change from which on the ring is complete.
func (p *Picture) oldest() int64 {
	return max(p.recent[p.next].Seq, p.gap+1)
}

// noting is a transaction that notes the documents read through it.
type noting struct {
	store.Tx
	reads []docKey
}

func (n *noting) Get(table string, key store.Key) (store.Doc, error) {
	n.reads = append(n.reads, docKey{table, string(key)})
	return n.Tx.Get(table, key)
}

// AccessKey returns the long-term key of that ID, or nil when there is none.
func (p *Picture) AccessKey(ctx context.Context, id string) (*Key, error) {
	if err := p.fresh(ctx); err != nil {
		return nil, err
	}
	get := func() (*Key, error) {
		return load(ctx, p, nil, cacheKey{"key", id}, func(tx store.Tx) (*Key, error) { return p.src.AccessKey(tx, id) })
	}
	k, err := get()
	if err != nil || (k != nil && k.Active) {
		return k, err
	}
	if err := p.Sync(ctx); err != nil {
		return nil, err
	}
	return get()
}

// Holder is a principal with its policies parsed.
type Holder struct {
	*Principal
	identity []policy.Named
	boundary *policy.Named
	evidence []byte

	identitySet *policy.Set
	boundarySet *policy.Set
}

// Evidence is two JSON members, "policies" and, where there is one, "boundary": what the principal held, for the record of a decision.
func (h *Holder) Evidence() []byte { return h.evidence }

// Principal returns the living principal of that unique ID, or nil when it is gone.
func (p *Picture) Principal(ctx context.Context, kind policy.PrincipalKind, account, id string) (*Holder, error) {
	if err := p.fresh(ctx); err != nil {
		return nil, err
	}
	return p.principal(ctx, nil, kind, account, id)
}

func (p *Picture) principal(ctx context.Context, inside store.Tx, kind policy.PrincipalKind, account, id string) (*Holder, error) {
	return load(ctx, p, inside, cacheKey{"principal", string(rune('0'+kind)) + account + "/" + id}, func(tx store.Tx) (*Holder, error) {
		who, err := p.src.Principal(tx, kind, account, id)
		if err != nil || who == nil {
			return nil, err
		}
		return p.hold(who)
	})
}

func (p *Picture) hold(who *Principal) (*Holder, error) {
	h := &Holder{Principal: who, identity: make([]policy.Named, 0, len(who.Identity))}
	for _, t := range who.Identity {
		n, err := p.docs.parse(t)
		if err != nil {
			return nil, err
		}
		h.identity = append(h.identity, *n)
	}
	if who.Boundary != nil {
		n, err := p.docs.parse(*who.Boundary)
		if err != nil {
			return nil, err
		}
		h.boundary = n
	}
	h.evidence = h.cited()
	h.identitySet = p.docs.compile(who.ID, h.identity)
	if h.boundary != nil {
		h.boundarySet = p.docs.compile("boundary of "+who.ID, []policy.Named{*h.boundary})
	}
	return h, nil
}

// managedPolicy returns the default version of a managed policy, or nil.
func (p *Picture) managedPolicy(ctx context.Context, inside store.Tx, arn string) (*policy.Named, error) {
	return load(ctx, p, inside, cacheKey{"policy", arn}, func(tx store.Tx) (*policy.Named, error) {
		t, err := p.src.ManagedPolicy(tx, arn)
		if err != nil || t == nil {
			return nil, err
		}
		return p.docs.parse(*t)
	})
}

// roleTags are the tags of the role of that ARN.
func (p *Picture) roleTags(ctx context.Context, inside store.Tx, arn string) (map[string]string, error) {
	tags, err := load(ctx, p, inside, cacheKey{"role tags", arn}, func(tx store.Tx) (*map[string]string, error) {
		tags, err := p.src.RoleTags(tx, arn)
		return &tags, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the tags of %s: %w", arn, err)
	}
	return *tags, nil
}

// member is a membership with its policies parsed.
type member struct {
	*Membership
	scps, rcps               []policy.CompiledLevel
	scpEvidence, rcpEvidence []byte
}

// member returns where the account stands in its organisation.
func (p *Picture) member(ctx context.Context, inside store.Tx, account string) (*member, error) {
	return load(ctx, p, inside, cacheKey{"member", account}, func(tx store.Tx) (*member, error) {
		m, err := p.src.Membership(tx, account)
		if err != nil {
			return nil, fmt.Errorf("read the organization of account %s: %w", account, err)
		}
		out := &member{Membership: m}
		if m.Management {
			return out, nil
		}
		scps, err := p.levels(m.SCPs)
		if err != nil {
			return nil, err
		}
		rcps, err := p.levels(m.RCPs)
		if err != nil {
			return nil, err
		}
		out.scps, out.rcps = p.docs.compileLevels(scps), p.docs.compileLevels(rcps)
		out.scpEvidence, out.rcpEvidence = citedLevels(m.SCPs, scps), citedLevels(m.RCPs, rcps)
		return out, nil
	})
}

func (p *Picture) levels(list []Level) ([]policy.Level, error) {
	if list == nil {
		return nil, nil
	}
	out := make([]policy.Level, len(list))
	for i, l := range list {
		out[i] = policy.Level{Name: l.Name, Policies: make([]policy.Named, len(l.Policies))}
		for j, t := range l.Policies {
			n, err := p.docs.parse(t)
			if err != nil {
				return nil, err
			}
			out[i].Policies[j] = *n
		}
	}
	return out, nil
}
