package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vauban/store"
)

// handle puts the two health paths before the gateway. They tell nothing that an outsider could use.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.Header.Get("Authorization") == "" {
		switch r.URL.Path {
		case "/healthz":
			s.answerHealth(w, nil)
			return
		case "/readyz":
			s.answerHealth(w, s.Ready(r.Context()))
			return
		}
	}
	s.gateway.ServeHTTP(w, r)
}

// Unready says why the server cannot decide and record.
type Unready struct {
	Reason string // for everybody: it names no host, path or caller
	Err    error  // for the log
}

func (u *Unready) Error() string { return u.Reason + ": " + u.Err.Error() }

func (u *Unready) Unwrap() error { return u.Err }

// Ready returns nil when the server can decide and record: the store answers and has room, and the picture of permissions follows it.
// Otherwise it returns an [Unready].
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if _, err := s.state.Store.Head(ctx); err != nil {
		return &Unready{"the store does not answer", err}
	}
	if s.access.Stale() { // as after a jump of the clock: one look tells
		if err := s.access.Sync(ctx); err != nil {
			return &Unready{"the picture of permissions is out of date", err}
		}
	}
	if err := s.state.Log.Room(); err != nil {
		return &Unready{"the archive of records takes no more", err}
	}
	err := s.state.storage.room(ctx)
	switch {
	case errors.Is(err, store.ErrFull):
		return &Unready{"the storage is full", err}
	case err != nil:
		return &Unready{"the store does not take changes", err}
	}
	return nil
}

func (s *Server) answerHealth(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	answer := map[string]string{"status": "ok"}
	if err != nil {
		s.cfg.Logger.Warn("not ready", "error", err)
		answer["status"] = "unavailable"
		var why *Unready
		if errors.As(err, &why) {
			answer["reason"] = why.Reason
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// serveAdmin serves metrics and profiles on loopback, for whoever operates this machine.
func (s *Server) serveAdmin() error {
	host, _, err := net.SplitHostPort(s.cfg.Admin)
	if err != nil || !isLoopback(host) {
		return fmt.Errorf("admin address %q: metrics and profiles are served on loopback only, e.g. 127.0.0.1:9090", s.cfg.Admin)
	}
	l, err := net.Listen("tcp", s.cfg.Admin)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"log": s.state.Log.Status(), "stale": s.access.Stale(), "partners": s.partners(r.Context()), "functions": s.state.functions.status()})
	})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.admin = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.jobs.Add(1)
	go func() {
		defer s.jobs.Done()
		_ = s.admin.Serve(l)
	}()
	return nil
}
