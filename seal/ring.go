package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"vauban/seal/xaes"
)

// Options of a ring. The zero value works.
type Options struct {
	Clock func() time.Time // nil means time.Now
	Rand  io.Reader        // nil means crypto/rand; must be safe for concurrent use
	// Grace is the time from Rotate until the new version seals; replicas must read the ring anew within it. 0 means 10 s.
	Grace time.Duration
}

// Ring seals and opens. Its methods are safe for concurrent use; those that seal and open take no lock.
type Ring struct {
	keeper Keeper
	opt    Options
	keys   atomic.Pointer[keys]

	mu   sync.Mutex // serialises Reload, Rotate and Rewrap
	root *RootKey
}

// keys is what one reading of the record gave. It is never changed.
type keys struct {
	byVersion map[uint32]*xaes.Key
	order     []version // ascending by version
}

type version struct {
	number uint32
	from   time.Time
}

// Open loads the ring, making it, and the root key if its source can, at first start. ErrWrongRootKey and ErrNoRootKey mean that the
// store was sealed under another root key than the source has; their text says what to do.
func Open(ctx context.Context, source Source, keeper Keeper, opt Options) (*Ring, error) {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	if opt.Grace == 0 {
		opt.Grace = 10 * time.Second
	}
	r := &Ring{keeper: keeper, opt: opt}
	rec, err := keeper.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the key ring: %w", err)
	}
	if rec == nil {
		rec, err = r.create(ctx, source)
		if err != nil {
			return nil, err
		}
	}
	if r.root == nil {
		if r.root, err = source.Open(ctx, rec.Params); err != nil {
			return nil, fmt.Errorf("open the root key: %w", err)
		}
	}
	if err := r.use(rec); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// create makes a ring of one version. When another process was first, its ring is returned and r.root left nil.
func (r *Ring) create(ctx context.Context, source Source) (*Record, error) {
	root, params, err := source.Create(ctx, r.opt.Rand)
	if err != nil {
		return nil, fmt.Errorf("make the root key: %w", err)
	}
	rec := &Record{RootKey: root.ID(), Params: params}
	if err := r.add(rec, root, r.opt.Clock()); err != nil {
		root.Wipe()
		return nil, err
	}
	err = r.keeper.Save(ctx, rec)
	if err == nil {
		r.root = root
		return rec, nil
	}
	root.Wipe()
	if !errors.Is(err, ErrChanged) {
		return nil, fmt.Errorf("store the key ring: %w", err)
	}
	rec, err = r.keeper.Load(ctx)
	if err == nil && rec == nil {
		err = ErrChanged
	}
	if err != nil {
		return nil, fmt.Errorf("load the key ring: %w", err)
	}
	return rec, nil
}

// add appends a new version to the record.
func (r *Ring) add(rec *Record, root *RootKey, from time.Time) error {
	var key [xaes.KeySize]byte
	defer clear(key[:])
	if _, err := io.ReadFull(r.opt.Rand, key[:]); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	k := WrappedKey{Version: 1, From: from.UTC()}
	if n := len(rec.Keys); n > 0 {
		k.Version = rec.Keys[n-1].Version + 1
	}
	var err error
	if k.Wrapped, err = wrap(root, k.Version, &key, r.opt.Rand); err != nil {
		return err
	}
	rec.Keys = append(rec.Keys, k)
	return nil
}

// use unwraps the record and makes it current.
func (r *Ring) use(rec *Record) error {
	if id := r.root.ID(); rec.RootKey != id {
		return fmt.Errorf("%w: the store was sealed under the root key with ID %s, the one given has ID %s; start with the root key (file, passphrase or unwrap command) that belongs to this store, "+
			"which is kept apart from its backups", ErrWrongRootKey, rec.RootKey, id)
	}
	ks := &keys{byVersion: make(map[uint32]*xaes.Key, len(rec.Keys))}
	for i := range rec.Keys {
		w := &rec.Keys[i]
		if i > 0 && w.Version <= rec.Keys[i-1].Version {
			return errors.New("seal: the key ring in the store is damaged: its versions are not in order; restore it from a backup")
		}
		key, err := unwrap(r.root, w)
		if err != nil {
			return fmt.Errorf("%w: %w; the ring in the store is damaged or was wrapped under another key: restore it from a backup", ErrWrongRootKey, err)
		}
		x, err := xaes.New(key)
		clear(key[:])
		if err != nil {
			return err
		}
		ks.byVersion[w.Version] = x
		ks.order = append(ks.order, version{w.Version, w.From})
	}
	if len(ks.order) == 0 {
		return errors.New("seal: the key ring in the store is empty; restore it from a backup")
	}
	r.keys.Store(ks)
	return nil
}

// Reload reads the ring from the store, e.g. when the change feed names [TableName].
func (r *Ring) Reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.reload(ctx)
	return err
}

func (r *Ring) reload(ctx context.Context) (*Record, error) {
	if r.root == nil {
		return nil, errClosed
	}
	rec, err := r.keeper.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the key ring: %w", err)
	}
	if rec == nil {
		return nil, errors.New("seal: the key ring has gone from the store; restore it from a backup")
	}
	return rec, r.use(rec)
}

var errClosed = errors.New("seal: the key ring is closed")

// changeTries bounds how often a change is tried again after another process was faster.
const changeTries = 8

// change applies fn to the record as it is now and stores it.
func (r *Ring) change(ctx context.Context, fn func(rec *Record, root *RootKey) (*RootKey, error)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range changeTries {
		rec, err := r.reload(ctx)
		if err != nil {
			return err
		}
		root, err := fn(rec, r.root)
		if err != nil {
			return err
		}
		err = r.keeper.Save(ctx, rec)
		if errors.Is(err, ErrChanged) {
			continue
		}
		if err != nil {
			return fmt.Errorf("store the key ring: %w", err)
		}
		r.root = root
		return r.use(rec)
	}
	return ErrChanged
}

// Rotate adds a version, which seals from Grace on. What was sealed before still opens.
func (r *Ring) Rotate(ctx context.Context) error {
	return r.change(ctx, func(rec *Record, root *RootKey) (*RootKey, error) {
		return root, r.add(rec, root, r.opt.Clock().Add(r.opt.Grace))
	})
}

// Rewrap puts the ring under another root key. Replicas that run with the former one keep working until they read the ring anew; restart
// them with the new one.
func (r *Ring) Rewrap(ctx context.Context, source Source) error {
	next, params, err := source.Create(ctx, r.opt.Rand)
	if err != nil {
		return fmt.Errorf("make the root key: %w", err)
	}
	return r.change(ctx, func(rec *Record, root *RootKey) (*RootKey, error) {
		rec.RootKey, rec.Params = next.ID(), params
		for i := range rec.Keys {
			k := &rec.Keys[i]
			key, err := unwrap(root, k)
			if err != nil {
				return nil, err
			}
			k.Wrapped, err = wrap(next, k.Version, key, r.opt.Rand)
			clear(key[:])
			if err != nil {
				return nil, err
			}
		}
		return next, nil
	})
}

// current returns the newest version that seals at this time.
func (r *Ring) current() (uint32, *xaes.Key, error) {
	ks := r.keys.Load()
	if ks == nil {
		return 0, nil, errClosed
	}
	i := len(ks.order) - 1
	for now := r.opt.Clock; i > 0 && now().Before(ks.order[i].from); {
		i--
	}
	v := ks.order[i].number
	return v, ks.byVersion[v], nil
}

// Version is the version that seals now.
func (r *Ring) Version() uint32 {
	v, _, err := r.current()
	if err != nil {
		return 0
	}
	return v
}

// Close forgets the keys. Sealing and opening fail afterwards.
func (r *Ring) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys.Store(nil)
	if r.root != nil {
		r.root.Wipe()
		r.root = nil
	}
}

// String names the ring without its keys.
func (r *Ring) String() string { return fmt.Sprintf("key ring at version %d", r.Version()) }

// Format keeps every verb from printing the keys.
func (r *Ring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }
