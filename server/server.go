package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vauban/access"
	"vauban/eventlog"
	"vauban/eventlog/tree"
	"vauban/gateway"
	"vauban/server/pki"
	"vauban/service"
	"vauban/service/all"
	"vauban/service/iam"
)

// Server is one running replica.
type Server struct {
	cfg      Config
	state    *State
	lock     *os.File // of the data directory
	access   *access.Picture
	gateway  *gateway.Gateway
	services []service.Service
	pki      *pki.Authority // nil when the API is plain HTTP
	api      *http.Server
	admin    *http.Server
	url      *url.URL
	metrics  *prometheus.Registry

	credentials Credentials // zero unless this start made the account
	account     string

	run     context.Context // ends with Close: the jobs' life
	cancel  context.CancelFunc
	closing sync.Once
	ending  chan struct{} // closed when closing begins
	jobs    sync.WaitGroup
	failed  chan error
}

// Start brings a replica up and returns when it takes requests. The caller must Close it. ctx bounds the start only.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.serve(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Open assembles a replica with its jobs, but without listeners: what [Server.ServeHTTP] answers is what a client of Start would get.
// The caller must Close it.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, metrics: prometheus.NewRegistry(), failed: make(chan error, 1), ending: make(chan struct{})}
	s.run, s.cancel = context.WithCancel(context.Background())
	if err := s.openState(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.job(s.run, "permissions", s.access.Run)
	s.job(s.run, "event log", s.state.Log.Run)
	s.job(s.run, "key ring", s.state.followRing)
	s.job(s.run, "partners", s.greetPartners)
	s.job(s.run, "outbound", func(ctx context.Context) error { return s.send(ctx, s.services) })
	s.job(s.run, "residents", func(ctx context.Context) error { return s.reside(ctx, s.services) })
	s.job(s.run, "jobs", func(ctx context.Context) error { return s.work(ctx, s.services) })
	return s, nil
}

// serve opens the listeners.
func (s *Server) serve() error {
	listener, u, err := s.cfg.listen()
	if err != nil {
		return err
	}
	s.url = u
	s.state.url.Store(new(u.String()))
	if err := s.serveAPI(listener); err != nil {
		return errors.Join(err, listener.Close())
	}
	if s.cfg.Admin != "" {
		if err := s.serveAdmin(); err != nil {
			return err
		}
	}
	return s.announce()
}

// openState opens everything below the listeners.
func (s *Server) openState(ctx context.Context) error {
	lock, err := lockData(s.cfg.Data)
	if err != nil {
		return err
	}
	s.lock = lock
	st, err := OpenState(ctx, s.cfg)
	if err != nil {
		return err
	}
	s.state = st
	if err := st.makeScratch(); err != nil {
		return err
	}
	if err := st.openFunctions(ctx); err != nil {
		return err
	}
	cfg, deps := &st.cfg, st.Deps()
	if err := s.bootstrap(ctx, deps, cfg); err != nil {
		return fmt.Errorf("make the management account: %w", err)
	}
	s.access, err = access.New(ctx, st.Store, all.NewSource(st.Seal), cfg.Clock)
	if err != nil {
		return err
	}
	services := all.Services(deps, s.access)
	s.services = services
	for _, sv := range services {
		if c, ok := sv.(service.Consuming); ok {
			for _, consumer := range c.Consumers() {
				st.Log.Consume(consumer.Name, consumer.Handle)
			}
		}
	}
	st.Log.ConsumeAt(tree.Pace(), tree.Consumer, st.Tree.Consume)
	s.gateway, err = gateway.New(gateway.Config{
		Store: st.Store, Log: st.Log, Access: s.access, Sealer: st.Seal, Clock: cfg.Clock, Rand: cfg.Rand, Logger: cfg.Logger,
		HomeAccount: s.account, Regions: cfg.enabledRegions(), Hosts: append([]string{"localhost"}, cfg.Names...), Limits: cfg.Limits, Metrics: gateway.NewMetrics(s.metrics),
		Ending: s.ending,
	}, services...)
	return err
}

// bootstrap makes the management account at the first start.
func (s *Server) bootstrap(ctx context.Context, deps service.Deps, cfg *Config) error {
	want := iam.Admin{Account: cfg.Account, AccessKeyID: cfg.AdminAccessKeyID, Secret: cfg.AdminSecretAccessKey}
	account, made, err := iam.Bootstrap(ctx, deps, want, s.saveAdmin)
	s.account = account
	if err == nil && !made && s.credentials != (Credentials{}) { // another replica was faster: this key will never work
		s.credentials = Credentials{}
		if s.cfg.Data != "" {
			err = os.Remove(s.CredentialsPath())
		}
	}
	return err
}

// saveAdmin keeps the first access key where only the owner of the data directory reads it.
func (s *Server) saveAdmin(a iam.Admin) error {
	s.credentials = Credentials{Account: a.Account, User: a.User, AccessKeyID: a.AccessKeyID, SecretAccessKey: a.Secret}
	if s.cfg.Data == "" {
		return nil
	}
	return writeJSON(s.CredentialsPath(), s.credentials)
}

// CredentialsPath is the file with the administrator's first access key, "" when nothing is kept on disk.
func (s *Server) CredentialsPath() string {
	if s.cfg.Data == "" {
		return ""
	}
	return filepath.Join(s.cfg.Data, credentialsFile)
}

// Credentials are the administrator's first access key: zero unless this start made it.
func (s *Server) Credentials() Credentials { return s.credentials }

// ServeHTTP answers one request as the API's listener would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handle(w, r) }

// Deps is what the services stand on: for tools that command the server itself, past its door, such as the setup of a root user.
func (s *Server) Deps() service.Deps { return s.state.Deps() }

// Log is the event log, for tests and tools.
func (s *Server) Log() *eventlog.Log { return s.state.Log }

func (s *Server) serveAPI(l net.Listener) error {
	limits := s.cfg.Limits.WithDefaults()
	s.api = &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: limits.ReadTimeout / 6, // also for the TLS handshake
		ReadTimeout:       limits.ReadTimeout,
		WriteTimeout:      limits.ReadTimeout + 60*time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    limits.HeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: limits.Streams},
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
	l = newBounded(l, limits.Connections, limits.PerAddress)
	if s.url.Scheme == "https" {
		authority, err := pki.Open(s.cfg.Data, pki.Options{Names: s.cfg.Names, Clock: s.cfg.Clock, Rand: s.cfg.Rand, Logger: s.cfg.Logger})
		if err != nil {
			return err
		}
		s.pki = authority
		s.state.pki.Store(authority)
		s.job(s.run, "certificate", authority.Run)
		s.api.TLSConfig = authority.TLSConfig()
		l = tls.NewListener(l, s.api.TLSConfig)
	}
	s.jobs.Add(1)
	go func() {
		defer s.jobs.Done()
		if err := s.api.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.fail(fmt.Errorf("serve the API: %w", err))
		}
	}()
	return nil
}

// job runs fn until Close. A job that ends by itself ends the server: a replica without its log's relay must not look healthy.
func (s *Server) job(ctx context.Context, name string, fn func(context.Context) error) {
	s.jobs.Add(1)
	go func() {
		defer s.jobs.Done()
		if err := fn(ctx); err != nil && ctx.Err() == nil {
			s.fail(fmt.Errorf("%s: %w", name, err))
		}
	}()
}

func (s *Server) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// Failed receives the error that ends the server, if one does.
func (s *Server) Failed() <-chan error { return s.failed }

// URL is where the API is served.
func (s *Server) URL() string { return s.url.String() }

// Account is the management account.
func (s *Server) Account() string { return s.account }

// CA is the certificate authority's bundle in PEM, nil for plain HTTP.
func (s *Server) CA() []byte {
	if s.pki == nil {
		return nil
	}
	return s.pki.CABundle()
}

// Close stops taking requests, lets those under way end, and releases everything. Who has not been answered within the time of grace
// loses the connection. A second Close does nothing.
func (s *Server) Close() (err error) {
	s.closing.Do(func() { err = s.close() })
	return err
}

func (s *Server) close() error {
	var errs []error
	close(s.ending)
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Grace)
	defer cancel()
	for _, h := range []*http.Server{s.api, s.admin} {
		if h == nil {
			continue
		}
		err := h.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			s.cfg.Logger.Warn("connections were cut off at the end", "grace", s.cfg.Grace)
			err = h.Close()
		}
		errs = append(errs, err)
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.jobs.Wait()
	if s.state != nil {
		errs = append(errs, s.state.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// announce leaves what a client on this machine needs in the data directory.
func (s *Server) announce() error {
	if s.cfg.Data == "" {
		return nil
	}
	return writeJSON(filepath.Join(s.cfg.Data, clientFile), Client{
		URL: s.URL(), Region: s.cfg.Region, Account: s.account, CA: s.caPath(),
	})
}

func (s *Server) caPath() string {
	if s.pki == nil {
		return ""
	}
	return s.pki.CAPath()
}
