package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is the version of this program, as in CHANGELOG.md.
const Version = "0.1.0"

type versionCommand struct{}

func (versionCommand) Run(io *stdio) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	_, err := fmt.Fprintf(io.out, "vauban %s%s %s/%s %s\n", Version, commit, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}
