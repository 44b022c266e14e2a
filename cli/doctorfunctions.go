package cli

import (
	"context"
	"os"
	"path/filepath"

	"vauban/sandbox/bwrap"
	"vauban/server"
)

// functions starts a sandbox, as a server would, and tells what it is worth.
func functions(ctx context.Context) []finding {
	dir, err := os.MkdirTemp("", "vauban-doctor-")
	if err != nil {
		return []finding{note("functions", "not tried: %v", err)}
	}
	defer os.RemoveAll(dir)
	h, err := bwrap.New(ctx, bwrap.Config{Dir: filepath.Join(dir, "host")})
	if err != nil {
		return []finding{note("functions", "functions are refused: %v", err)}
	}
	defer h.Close()
	var out []finding
	for i, line := range server.FunctionsOf(h) {
		if i == 0 {
			out = append(out, good("functions", "%s", line))
		} else {
			out = append(out, note("functions", "%s", line))
		}
	}
	return out
}
