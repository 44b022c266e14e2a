//go:build !(linux && (amd64 || arm64))

package bwrap

import (
	"context"
	"errors"

	"vauban/sandbox"
)

// Host does not exist on this system: functions run on Linux, on amd64 and arm64.
type Host struct{ sandbox.Sandbox }

// New says so.
func New(context.Context, Config) (*Host, error) {
	return nil, errors.New("functions run on Linux (amd64, arm64) only: there are no namespaces here")
}

// Limits has nothing to say.
func (h *Host) Limits() []string { return nil }

// Close does nothing.
func (h *Host) Close() error { return nil }
