package server

import (
	"errors"
	"time"

	"vauban/service"
	"vauban/service/all"
	"vauban/store"
)

// tables are those with a version.
func (c *Config) tables() []store.Schema {
	if c.versioned != nil {
		return c.versioned
	}
	return all.Versioned()
}

// rewriting is the job that brings the documents of older versions to this program's: once after the start, and now and then for those that replicas of
// the former program still wrote. Beside replicas of the former program, which PostgreSQL may have, it leaves a table alone that is written for both: the
// program after this one, which no longer is, rewrites it.
// A table that fails keeps none of the others back.
func (s *Server) rewriting() service.Job {
	return service.Job{Name: "documents", Every: 24 * time.Hour, Run: func(w *service.Work) error {
		var failed error
		for _, t := range s.state.cfg.tables() {
			if s.state.leases != nil && store.HoldsBack(t) {
				continue
			}
			n, err := store.Rewrite(w, s.state.Store, t)
			if n > 0 {
				s.state.cfg.Logger.Info("documents were rewritten for this version of the program", "table", store.NameOf(t), "documents", n)
			}
			failed = errors.Join(failed, err)
		}
		return failed
	}}
}
