//go:build linux && (amd64 || arm64)

package inside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Main runs the sandbox's first process if that is what the arguments (without the program's name) ask for; it returns only when they do not.
// Every program that starts sandboxes, tests too, calls it before anything else.
func Main(args []string) {
	if len(args) != 1 || args[0] != Command {
		return
	}
	runtime.LockOSThread() // privileges are given up by this thread, which then becomes the runtime
	socket := os.NewFile(Socket, "host")
	err := begin(socket)
	_, isCode := errors.AsType[*startError](err)
	say(socket, Report{Error: err.Error(), Code: isCode}, nil)
	os.Exit(1)
}

// begin returns only if it fails.
func begin(socket *os.File) error {
	unix.CloseOnExec(Socket)
	o, err := readOrders(socket)
	if err != nil {
		return err
	}
	for _, a := range o.Addresses {
		if err := addAddress(a); err != nil {
			return fmt.Errorf("address %s: %w", a, err)
		}
	}
	listeners, err := listen(o.Listen)
	if err != nil {
		return err
	}
	say(socket, Report{}, listeners)
	if _, err := io.ReadFull(socket, make([]byte, 1)); err != nil {
		return err
	}
	for _, l := range o.Limits {
		if err := unix.Setrlimit(l.Resource, &unix.Rlimit{Cur: l.Value, Max: l.Value}); err != nil {
			return fmt.Errorf("limit %d to %d: %w", l.Resource, l.Value, err)
		}
	}
	if err := giveUp(o.UID, o.GID); err != nil {
		return err
	}
	if err := os.Chdir(o.Dir); err != nil {
		return err
	}
	if err := closeOthers(); err != nil {
		return err
	}
	if o.Probe != "" {
		if err := probe(o.Probe); err != nil {
			return err
		}
		os.Exit(0)
	}
	return &startError{program: o.Argv[0], err: syscall.Exec(o.Argv[0], o.Argv, o.Env)}
}

// startError says that all is ready, but the program does not start.
type startError struct {
	program string
	err     error
}

func (e *startError) Error() string { return "fork/exec " + e.program + ": " + e.err.Error() } // as AWS says it

// closeOthers leaves the code the three standard descriptors only.
func closeOthers() error {
	if err := unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("close what the code is not to have: %w", err)
	}
	return nil
}

// listen opens the listeners, as descriptors that can be sent.
func listen(addresses []string) ([]*os.File, error) {
	var out []*os.File
	for _, a := range addresses {
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", a)
		if err != nil {
			return nil, err
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// say reports to the host. If the host is gone, so will be this process.
func say(socket *os.File, r Report, listeners []*os.File) {
	var descriptors []int
	for _, l := range listeners {
		descriptors = append(descriptors, int(l.Fd()))
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // text
	}
	_ = unix.Sendmsg(int(socket.Fd()), b, unix.UnixRights(descriptors...), nil, 0)
	runtime.KeepAlive(listeners)
}
