package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command tree; kong reads it.
type commands struct {
	Up      upCommand      `cmd:"" help:"Run the server: all services on one port, until interrupted."`
	Env     envCommand     `cmd:"" help:"Print the exports that point the aws CLI, the SDKs and Terraform at the server: eval \"$$(vauban env)\"."`
	AWS     awsCommand     `cmd:"" name:"aws" help:"Run the installed aws CLI pointed at the server." passthrough:""`
	Login   loginCommand   `cmd:"" help:"Sign in with a password and MFA code; print temporary credentials."`
	Root    rootCommand    `cmd:"" help:"Set up the root user, who has no access keys."`
	Explain explainCommand `cmd:"" help:"Tell why: which statement of which policy decides."`
	Lint    lintCommand    `cmd:"" help:"Find faults without a server."`
	Trail   trailCommand   `cmd:"" help:"Prove the event log, and verify proofs without a server."`
	WhatIf  whatIfCommand  `cmd:"" name:"what-if" help:"Replay the recorded calls under a policy that is not in force yet: what would change, for whom?"`
	Doctor  doctorCommand  `cmd:"" help:"Check this machine: ports, clock, permissions, and what can be enforced here."`
	Demo    demoCommand    `cmd:"" help:"Play the story of a developer, a role and the trail against a fresh server. Exit code 0 only if all of it held."`
	Backup  backupCommand  `cmd:"" help:"Copy all state into one file, without the root key."`
	Restore restoreCommand `cmd:"" help:"Make a data directory from a backup."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// stdio is where a command talks.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// Main runs one command line and returns the exit code: 0 success, 1 failure, 2 a command line that is not understood; `vauban aws`
// returns the aws CLI's, and `vauban lint` has its own.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, args, stdio{in, out, errw})
}

func run(ctx context.Context, args []string, io stdio) (code int) {
	exited := -1
	parser, err := kong.New(&commands{}, kong.Name("vauban"), kong.Description("The security stack of a cloud, as software that you own."),
		kong.Writers(io.out, io.err), kong.Exit(func(c int) { exited = c }), kong.UsageOnError(),
		kong.Vars{"data": defaultData()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(io.err, "vauban:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(io.err, "vauban:", err)
		fmt.Fprintln(io.err, "Run vauban --help for all commands.")
		return 2
	}
	cmd.BindTo(ctx, (*context.Context)(nil))
	err = cmd.Run(&io)
	var exit *exec.ExitError
	code = 1
	var f *failure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	case errors.As(err, &f):
		if code = f.code; f.err == nil {
			return code
		}
	}
	fmt.Fprintln(io.err, "vauban:", err)
	var h *hinted
	if errors.As(err, &h) {
		fmt.Fprintln(io.err, "  →", h.hint)
	}
	return code
}

// failure is an error with an exit code of its own. Without err the command has said all already.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return "failed"
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// hinted is an error with what to do next.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// hint adds what to do next to an error; nil stays nil.
func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// defaultData is $VAUBAN_DATA, or a directory of the user's own.
func defaultData() string {
	if d := os.Getenv("VAUBAN_DATA"); d != "" {
		return d
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".vauban")
	}
	return ".vauban"
}
