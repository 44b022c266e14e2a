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
	"vauban/gateway"
	"vauban/seal"
	"vauban/server/pki"
	"vauban/service"
	"vauban/service/all"
	"vauban/service/iam"
	"vauban/store"
)

// Server is one running replica.
type Server struct {
	cfg     Config
	db      store.DB
	log     *eventlog.Log
	access  *access.Picture
	gateway *gateway.Gateway
	pki     *pki.Authority // nil when the API is plain HTTP
	api     *http.Server
	admin   *http.Server
	url     *url.URL
	metrics *prometheus.Registry

	admins  iam.FirstStart // zero unless this start made the account
	account string
	lock    *os.File

	cancel context.CancelFunc
	jobs   sync.WaitGroup
	failed chan error
}

// Start brings a replica up and returns when it takes requests. The caller must Close it. ctx bounds the start only.
func Start(ctx context.Context, cfg Config) (s *Server, err error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	s = &Server{cfg: cfg, metrics: prometheus.NewRegistry(), failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	run, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	if err := s.openState(ctx); err != nil {
		return s, err
	}
	listener, u, err := cfg.listen()
	if err != nil {
		return s, err
	}
	s.url = u
	if err := s.serveAPI(listener); err != nil {
		listener.Close()
		return s, err
	}
	if cfg.Admin != "" {
		if err := s.serveAdmin(); err != nil {
			return s, err
		}
	}
	s.job(run, "permissions", s.access.Run)
	s.job(run, "event log", s.log.Run)
	if s.pki != nil {
		s.job(run, "certificate", s.pki.Run)
	}
	return s, s.announce()
}

// openState opens everything below the gateway, and the gateway.
func (s *Server) openState(ctx context.Context) error {
	cfg := &s.cfg
	if err := s.lockData(); err != nil {
		return err
	}
	st, err := OpenState(ctx, *cfg)
	if err != nil {
		return err
	}
	s.db, s.log = st.Store, st.Log
	s.admins, err = iam.Bootstrap(ctx, st.deps(cfg), iam.Admin{Account: cfg.Account, AccessKeyID: cfg.AdminAccessKeyID, Secret: cfg.AdminSecretAccessKey})
	if err != nil {
		return fmt.Errorf("make the management account: %w", err)
	}
	s.account = s.admins.Account
	services := all.Services(st.deps(cfg))
	s.access, err = access.New(ctx, s.db, iam.NewSource(st.Seal), cfg.Clock)
	if err != nil {
		return err
	}
	for _, sv := range services {
		if c, ok := sv.(service.Consuming); ok {
			for _, consumer := range c.Consumers() {
				s.log.Consume(consumer.Name, consumer.Handle)
			}
		}
		if a, ok := sv.(interface{ SetAccess(*access.Picture) }); ok {
			a.SetAccess(s.access)
		}
	}
	s.gateway, err = gateway.New(gateway.Config{
		Store: s.db, Log: s.log, Access: s.access, Sealer: st.Seal, Clock: cfg.Clock, Rand: cfg.Rand, Logger: cfg.Logger,
		HomeAccount: s.account, Regions: append([]string{cfg.Region}, regions...), Limits: cfg.Limits, Metrics: gateway.NewMetrics(s.metrics),
	}, services...)
	return err
}

// State is what a replica stands on, without a listener: the command line opens it too, for work that must not go through the door.
type State struct {
	Store store.DB
	Log   *eventlog.Log
	Seal  *seal.Ring
}

func (st *State) deps(cfg *Config) service.Deps {
	return service.Deps{Store: st.Store, Log: st.Log, Seal: st.Seal, Clock: cfg.Clock, Rand: cfg.Rand, Partition: "aws"}
}

func (s *Server) serveAPI(l net.Listener) error {
	h := s.cfg.Limits
	s.api = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
	if h.HeaderBytes > 0 {
		s.api.MaxHeaderBytes = h.HeaderBytes
	}
	if s.url.Scheme == "https" {
		authority, err := pki.Open(s.cfg.Data, pki.Options{Names: s.cfg.Names, Clock: s.cfg.Clock, Rand: s.cfg.Rand})
		if err != nil {
			return err
		}
		s.pki = authority
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

// Admin returns the administrator's first access key, if this start made it.
func (s *Server) Admin() iam.FirstStart { return s.admins }

// Close stops taking requests, lets those under way end, and releases everything.
func (s *Server) Close() error {
	var errs []error
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, h := range []*http.Server{s.api, s.admin} {
		if h != nil {
			errs = append(errs, h.Shutdown(ctx))
		}
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.jobs.Wait()
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
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
