//go:build linux && (amd64 || arm64)

package bwrap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vauban/sandbox/cgroup"
	"vauban/sandbox/inside"
	"vauban/sandbox/seccomp"
)

// process is a sandbox that was started: bubblewrap outside, and the sandbox's first process, whose end is the end of all of them.
type process struct {
	cmd    *exec.Cmd
	socket *net.UnixConn // to inside.Main
	group  *cgroup.Group
	first  int           // descriptor of the sandbox's first process; -1 until it is known
	mu     sync.Mutex    // of first
	known  chan struct{} // closed when first is known, or never will be

	exited chan struct{} // closed when all processes have ended and status is set
	status int           // bubblewrap's: of the code, 128 and the signal if one ended it
}

// launch starts bubblewrap in a control group. output takes what comes out of it, and of the code.
func (h *Host) launch(group *cgroup.Group, arguments []string, user int, output *os.File) (p *process, err error) {
	var files closers
	defer files.close()
	argsR, argsW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	files.add(argsR, argsW)
	statusR, statusW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	files.add(statusW)
	filterR, filterW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, statusR.Close())
	}
	files.add(filterR, filterW)
	if _, err := filterW.Write(seccomp.Bytes()); err != nil { // it fits: a pipe holds 64 KiB
		return nil, errors.Join(err, statusR.Close())
	}
	filterW.Close()
	ours, theirs, err := socketPair()
	if err != nil {
		statusR.Close()
		return nil, err
	}
	files.add(theirs)
	p = &process{group: group, first: -1, socket: ours, known: make(chan struct{}), exited: make(chan struct{})}
	p.cmd = &exec.Cmd{Path: h.cfg.Program, Args: []string{"bwrap", "--args", fmt.Sprint(argumentsFD), "--", initPath, inside.Command}, Env: []string{}, Dir: "/"}
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.ExtraFiles = []*os.File{argsR, theirs, statusW, filterR}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{}
	if h.root {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:                 syscall.CLONE_NEWUSER,
			UidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}, {ContainerID: innerUID, HostID: user, Size: 1}},
			GidMappings:                []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}, {ContainerID: innerGID, HostID: user, Size: 1}},
			GidMappingsEnableSetgroups: true,
		}
	}
	if err := h.launcher.start(p.cmd); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", h.cfg.Program, err), statusR.Close(), ours.Close())
	}
	go p.follow(statusR)
	// Bubblewrap waits for its arguments: it has started nothing yet that would be outside of the group.
	if err := group.Add(p.cmd.Process.Pid); err != nil {
		_ = p.cmd.Process.Kill()
		files.close()
		<-p.exited
		return nil, errors.Join(err, ours.Close())
	}
	for _, a := range arguments {
		if _, err = io.WriteString(argsW, a+"\x00"); err != nil {
			break // it has ended, and says why
		}
	}
	return p, nil
}

type closers []io.Closer

func (c *closers) add(more ...io.Closer) { *c = append(*c, more...) }

func (c *closers) close() {
	for _, x := range *c {
		x.Close()
	}
}

// socketPair is a connection to a process that is about to be started.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socket pair: %w", err)
	}
	theirs = os.NewFile(uintptr(pair[1]), "sandbox")
	f := os.NewFile(uintptr(pair[0]), "host")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return c.(*net.UnixConn), theirs, nil
}

// follow reads what bubblewrap tells of its child, and waits for its end.
func (p *process) follow(status *os.File) {
	told := json.NewDecoder(status)
	var first struct {
		PID int `json:"child-pid"`
	}
	if told.Decode(&first) == nil && first.PID > 0 {
		p.mu.Lock()
		p.first = p.hold(first.PID)
		p.mu.Unlock()
	}
	close(p.known)
	_ = p.cmd.Wait()
	status.Close()
	p.mu.Lock()
	if p.first >= 0 {
		unix.Close(p.first)
		p.first = -1
	}
	p.mu.Unlock()
	p.status = p.cmd.ProcessState.ExitCode()
	close(p.exited)
}

// hold is a descriptor of bubblewrap's child, -1 if it is no more: its number may be another process's by now, whose parent is another.
func (p *process) hold(pid int) int {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1
	}
	if !slices.Contains(childrenOf(p.cmd.Process.Pid), pid) {
		unix.Close(fd)
		return -1
	}
	return fd
}

// patience is how long the kernel may take to end a sandbox before bubblewrap itself is killed.
const patience = 15 * time.Second

// kill ends everything in the sandbox. The first process is killed, not bubblewrap, which so ends only after the last of them.
func (p *process) kill() {
	select {
	case <-p.known:
	case <-time.After(patience): // it has not even started
	}
	_ = p.group.Unbound() // a fork bomb on a small share would take half a minute to die
	p.mu.Lock()
	killed := p.first >= 0 && unix.PidfdSendSignal(p.first, unix.SIGKILL, nil, 0) == nil
	p.mu.Unlock()
	if !killed {
		_ = p.cmd.Process.Kill()
		return
	}
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
	}
}

// order tells inside.Main what to do, and takes the listeners that it opens. It calls begins before the code
// can write anything, and returns when the code has begun.
func (p *process) order(deadline time.Time, o *inside.Orders, begins func()) ([]net.Listener, error) {
	defer p.socket.Close()
	if err := p.socket.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if err := inside.WriteOrders(p.socket, o); err != nil {
		return nil, fmt.Errorf("the sandbox does not start: %w", err)
	}
	message, rights := make([]byte, 4096), make([]byte, unix.CmsgSpace(4*len(o.Listen)))
	n, rn, _, _, err := p.socket.ReadMsgUnix(message, rights)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("the sandbox does not start: %w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	listeners, err := take(rights[:rn], len(o.Listen))
	if err == nil {
		err = begun(message[:n])
	}
	if err == nil {
		begins()
		_, err = p.socket.Write([]byte{inside.Go})
	}
	if err == nil { // silence, and the end of the connection: the code has begun
		if n, rerr := p.socket.Read(message); n > 0 {
			err = begun(message[:n])
		} else if !errors.Is(rerr, io.EOF) {
			err = rerr
		}
	}
	if err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return nil, fmt.Errorf("the sandbox does not start: %w", err)
	}
	return listeners, nil
}

// entryError says that a package's own program does not start.
type entryError struct{ text string }

func (e *entryError) Error() string { return e.text }

// begun is the failure in the reports of a message.
func begun(message []byte) error {
	for reports := json.NewDecoder(bytes.NewReader(message)); reports.More(); {
		var r inside.Report
		if err := reports.Decode(&r); err != nil {
			return err
		}
		switch text := strings.ToValidUTF8(r.Error, "?"); {
		case r.Code:
			return &entryError{text}
		case text != "":
			return errors.New(text)
		}
	}
	return nil
}

// take makes listeners of the descriptors that came along.
func take(rights []byte, want int) ([]net.Listener, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	var out []net.Listener
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return out, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			f := os.NewFile(uintptr(fd), "listener")
			l, err := net.FileListener(f)
			f.Close()
			if err != nil {
				return out, err
			}
			out = append(out, l)
		}
	}
	if len(out) != want {
		return out, fmt.Errorf("%d listeners of %d", len(out), want)
	}
	return out, nil
}
