package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vauban/sandbox/bwrap"
)

// functions is where this host runs code, or why it does not.
type functions struct {
	host    *bwrap.Host
	refused error
	dir     string // of the sandboxes; removed at the end
}

// openFunctions brings sandboxes up. A host that does not isolate runs no code: that is no reason not to serve the rest.
func (st *State) openFunctions(ctx context.Context) error {
	if !st.cfg.Functions || st.cfg.Sandbox != nil {
		return nil
	}
	dir, err := os.MkdirTemp(st.scratch, "vauban-sandbox-")
	if err != nil {
		return fmt.Errorf("make the sandboxes' directory: %w", err)
	}
	f := &functions{dir: dir}
	st.functions = f
	f.host, f.refused = bwrap.New(ctx, bwrap.Config{Dir: filepath.Join(dir, "host"), Clock: st.cfg.Clock, Logger: st.cfg.Logger})
	if f.refused != nil {
		st.cfg.Logger.Warn("functions are refused", "reason", f.refused)
		return nil
	}
	for _, l := range f.host.Limits() {
		st.cfg.Logger.Warn("functions are limited by process only", "controller", l)
	}
	st.cfg.Sandbox = f.host
	return nil
}

func (f *functions) close() error {
	if f == nil {
		return nil
	}
	var err error
	if f.host != nil {
		err = f.host.Close()
	}
	return errors.Join(err, os.RemoveAll(f.dir))
}

// status says in words what becomes of functions here.
func (f *functions) status() []string {
	switch {
	case f == nil:
		return []string{"functions are refused: this server was started without them"}
	case f.refused != nil:
		return []string{"functions are refused: " + f.refused.Error()}
	}
	return FunctionsOf(f.host)
}

// FunctionsOf says in words what a host does for functions, and what it cannot.
func FunctionsOf(h *bwrap.Host) []string {
	var runs, lacks []string
	found := h.Runtimes()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if err := found[name]; err == nil {
			runs = append(runs, name)
		} else {
			lacks = append(lacks, "no "+name+": "+err.Error())
		}
	}
	out := append([]string{"functions run isolated by bubblewrap: " + strings.Join(runs, ", ")}, lacks...)
	for _, l := range h.Limits() {
		out = append(out, "not limited by a control group, but by process: "+l)
	}
	return out
}
