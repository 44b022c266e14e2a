package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"

	"vauban/blob"
	"vauban/eventlog"
	"vauban/eventlog/delivery"
	"vauban/eventlog/lease"
	"vauban/eventlog/tree"
	"vauban/seal"
	"vauban/server/pki"
	"vauban/service"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
)

// State is what a replica stands on, without a listener. The command line opens it too, for what must not go through the door:
// setting up root, backup and restore.
type State struct {
	Store store.DB
	Log   *eventlog.Log
	Tree  *tree.Tree
	Seal  *seal.Ring
	Blobs blob.Store
	cfg   Config

	outbound *delivery.Queue
	leases   *lease.Leases // nil where there can be only one replica

	storage  *storage // what Store is
	carriers carriers
	meter    *service.Meter
	url      atomic.Pointer[string] // where the API is served, once it is
	pki      atomic.Pointer[pki.Authority]
	scratch  string // see service.Deps

	functions *functions // nil unless this host runs them
}

// stateFile is the SQLite database in the data directory.
const stateFile = "state.db"

// OpenState opens the store, the seal and the log. The caller must Close it.
func OpenState(ctx context.Context, cfg Config) (*State, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	st := &State{cfg: cfg, meter: &service.Meter{}}
	if err := st.open(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (st *State) open(ctx context.Context) (err error) {
	db, err := openStore(ctx, &st.cfg)
	if err != nil {
		return err
	}
	st.storage = &storage{DB: db}
	st.Store = st.storage
	if err := store.CheckVersions(ctx, st.Store, st.cfg.tables()...); err != nil {
		return err
	}
	if st.Seal, err = st.openSeal(ctx); err != nil {
		return err
	}
	if st.Tree, err = tree.Open(ctx, st.Store, st.Seal, st.cfg.Rand); err != nil {
		return err
	}
	if st.Blobs, err = st.openBlobs(ctx); err != nil {
		return err
	}
	if st.carriers, err = st.cfg.Carriers.open(st.cfg.Clock, st.cfg.Rand, st.cfg.Logger); err != nil {
		return err
	}
	st.outbound = delivery.New(st.Store, delivery.Options{Clock: st.cfg.Clock, Rand: st.cfg.Rand, Logger: st.cfg.Logger})
	if st.cfg.Database != "" {
		st.leases = lease.New(st.Store, lease.Options{Holder: uuid.NewString(), Clock: st.cfg.Clock})
	}
	st.Log, err = openLog(ctx, &st.cfg, st.Store, st.leases)
	return err
}

// transactionTime bounds a transaction with its wait for a connection: well within what clients wait for an answer, which is a minute.
const transactionTime = 10 * time.Second

func openStore(ctx context.Context, cfg *Config) (store.DB, error) {
	if cfg.Database != "" {
		db, err := postgres.Open(ctx, cfg.Database, postgres.Options{Timeout: transactionTime})
		if err != nil {
			return nil, fmt.Errorf("open the PostgreSQL store: %w", err)
		}
		return db, nil
	}
	path := ""
	if cfg.Data != "" {
		path = filepath.Join(cfg.Data, stateFile)
	}
	db, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return nil, fmt.Errorf("open the SQLite store: %w", err)
	}
	return db, nil
}

// Deps is what services stand on.
func (st *State) Deps() service.Deps {
	return service.Deps{
		Store: st.Store, Log: st.Log, Tree: st.Tree, Seal: st.Seal, Blobs: st.Blobs, Outbound: st.outbound, Clock: st.cfg.Clock, Rand: st.cfg.Rand, Partition: "aws",
		Schedule: service.Schedule{Logs: st.cfg.TrailEvery, Digests: st.cfg.DigestEvery},
		Regions:  st.cfg.enabledRegions(), Meter: st.meter, Endpoint: st.endpoint,
		Sandbox: st.cfg.Sandbox, Scratch: st.scratch, Authority: st.bundle,
		KeyStoreTime: st.cfg.KeyStoreTime, Web: st.carriers.web, Mail: st.carriers.mail, SMS: st.carriers.sms,
	}
}

// endpoint is the address of the API: before it is served, the one that it is to have.
func (st *State) endpoint() string {
	if u := st.url.Load(); u != nil {
		return *u
	}
	return st.cfg.API
}

// bundle are the certificates that vouch for the API, nil for plain HTTP.
func (st *State) bundle() []byte {
	if a := st.pki.Load(); a != nil {
		return a.CABundle()
	}
	return nil
}

// makeScratch empties the directory of what can be made anew: what an earlier server left in it is nobody's.
func (st *State) makeScratch() error {
	if st.cfg.Data == "" {
		return nil
	}
	dir := filepath.Join(st.cfg.Data, "scratch")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("empty the scratch directory: %w", err)
	}
	st.scratch = dir
	return os.Mkdir(dir, 0o700)
}

// ErrRunning says that the data directory is another server's.
var ErrRunning = errors.New("another server runs on this data directory")

// lockData claims the data directory for one server: two on one SQLite file would serve with separate limits and jobs. The lock ends with
// the process, however it ends. Nothing is locked for a state in memory.
func lockData(dir string) (*os.File, error) {
	if dir == "" {
		return nil, nil
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s", ErrRunning, dir)
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return f, nil
}

// Close releases everything.
func (st *State) Close() error {
	errs := []error{st.functions.close(), st.carriers.Close()}
	if st.Log != nil {
		errs = append(errs, st.Log.Close())
	}
	if st.Blobs != nil {
		errs = append(errs, st.Blobs.Close())
	}
	if st.Store != nil {
		errs = append(errs, st.Store.Close())
	}
	if st.Seal != nil {
		st.Seal.Close()
	}
	return errors.Join(errs...)
}
