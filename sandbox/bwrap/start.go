//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vauban/sandbox"
	"vauban/sandbox/cgroup"
	"vauban/sandbox/inside"
	"vauban/sandbox/runtimeapi"
)

const (
	processes  = 1024    // and threads, as in AWS ("Lambda quotas")
	openFiles  = 1024    //
	firstUser  = 1 << 30 // user IDs of instances on the host: nobody else's
	manyUsers  = 1 << 24
	beginning  = 10 * time.Second // for a sandbox to come up, before any code runs
	fullCPU    = 1769 << 20       // bytes of memory that come with one CPU's whole time ("Configure Lambda function memory")
	defaultTmp = 512 << 20
	overhead   = 16 << 20 // bytes of bubblewrap and of the kernel, in an instance's control group
)

// Start implements sandbox.Sandbox.
func (h *Host) Start(ctx context.Context, s *sandbox.Spec) (sandbox.Instance, error) {
	p, err := h.program(s.Runtime)
	if err != nil {
		return nil, err
	}
	v, o, err := h.plan(s, p)
	if err != nil {
		return nil, err
	}
	in := &instance{host: h, spec: s, ended: make(chan struct{})}
	if err := h.enter(in); err != nil {
		return nil, err
	}
	if err := in.start(ctx, v, o); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// plan is what a spec means for the sandbox.
func (h *Host) plan(s *sandbox.Spec, p *program) (*view, *inside.Orders, error) {
	code, err := filepath.EvalSymlinks(s.Code) // what is mounted is what was judged
	if err != nil {
		return nil, nil, fmt.Errorf("the code's directory: %w", err)
	}
	if !filepath.IsAbs(code) {
		return nil, nil, fmt.Errorf("the code's directory %q is not absolute", code)
	}
	v := &view{code: code, bind: p.bind, tmp: s.Tmp}
	if v.tmp <= 0 {
		v.tmp = defaultTmp
	}
	if len(s.Layers) > 0 {
		if v.layers, err = mergeLayers(s.Layers); err != nil {
			return nil, nil, err
		}
	} else {
		v.layers = []string{"--dir", layerDir}
	}
	o := &inside.Orders{Listen: []string{runtimeAPI}, Argv: p.argv, Dir: taskDir}
	if s.Dial != "" {
		if err := h.reach(o, s.Dial); err != nil {
			return nil, nil, err
		}
	}
	if p.language == provided {
		o.Argv = []string{ownBootstrap(s)}
	}
	o.Env = environment(s, p)
	return v, o, nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// reach opens the API's address in the sandbox. A name means the sandbox itself there.
func (h *Host) reach(o *inside.Orders, dial string) error {
	host, port, err := net.SplitHostPort(dial)
	if err != nil {
		return fmt.Errorf("the API's address %q: %w", dial, err)
	}
	address, err := netip.ParseAddr(host)
	switch {
	case err != nil && hostName.MatchString(host):
		address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		if err := h.image.resolve(host); err != nil {
			return err
		}
	case err != nil || address.IsUnspecified() || address.IsMulticast() || address.Zone() != "":
		return fmt.Errorf("the API's address %q cannot be reached from functions", dial)
	}
	listen := net.JoinHostPort(address.String(), port)
	if listen == runtimeAPI {
		return fmt.Errorf("the API's address %s is the one of the Runtime API in sandboxes: choose another port", dial)
	}
	o.Addresses, o.Listen = []string{address.String()}, append(o.Listen, listen)
	return nil
}

// ownBootstrap is the executable that a package for provided runtimes brings: in the code, or in a layer.
func ownBootstrap(s *sandbox.Spec) string {
	if _, err := os.Lstat(filepath.Join(s.Code, "bootstrap")); err != nil && len(s.Layers) > 0 {
		return layerDir + "/bootstrap"
	}
	return taskDir + "/bootstrap"
}

// identity are the orders about users and limits.
func (h *Host) identity(o *inside.Orders, memory int64) (user int) {
	o.Limits = []inside.Limit{
		{Resource: unix.RLIMIT_NPROC, Value: processes}, {Resource: unix.RLIMIT_NOFILE, Value: openFiles}, {Resource: unix.RLIMIT_CORE},
		{Resource: unix.RLIMIT_MEMLOCK, Value: 64 << 10}, {Resource: unix.RLIMIT_MSGQUEUE},
	}
	if !h.groups.Memory() && memory > 0 { // the next best: memory that a process may write to, one by one
		o.Limits = append(o.Limits, inside.Limit{Resource: unix.RLIMIT_DATA, Value: uint64(memory + dataSlack)})
	}
	if h.root {
		o.UID, o.GID = innerUID, innerGID
	}
	return firstUser + int(h.count.Add(1)%manyUsers)
}

// dataSlack is what interpreters reserve without using it.
const dataSlack = 256 << 20

// start brings the sandbox up and waits until the code is ready.
func (in *instance) start(ctx context.Context, v *view, o *inside.Orders) error {
	h, s := in.host, in.spec
	user := h.identity(o, s.Memory)
	err := in.open(v, o, user, cgroup.Limits{Memory: s.Memory + v.tmp + overhead, Processes: processes}, s.Log)
	if entry, ok := errors.AsType[*entryError](err); ok {
		return &sandbox.InitError{FunctionError: *runtimeapi.Failure("Runtime.InvalidEntrypoint", "Error: "+entry.text)}
	}
	if err != nil {
		return err
	}
	in.guard = &guard{used: in.group.Used, limit: s.Memory, kill: in.process.kill}
	if !h.groups.Memory() {
		in.guard.used = func() int64 { return treeMemory(in.process.cmd.Process.Pid) }
	}
	in.api = runtimeapi.New()
	in.stops = append(in.stops, in.api.Serve(in.listeners[0]))
	if s.Dial != "" {
		in.stops = append(in.stops, forward(in.listeners[1], s.Dial, h.count.Load()))
	}
	in.listeners = nil
	ctx, cancel := in.bounded(ctx, s.Init)
	defer cancel()
	stop := in.guard.watch()
	err = in.api.Ready(ctx)
	stop()
	if err != nil {
		return in.initFailure(err)
	}
	in.output.drain()
	go in.attend()
	in.idle()
	return in.group.SetCPU(float64(s.Memory) / fullCPU)
}

// open makes what a sandbox is made of, and starts its first program.
func (in *instance) open(v *view, o *inside.Orders, user int, l cgroup.Limits, log func([]byte)) (err error) {
	h := in.host
	if in.group, err = h.groups.New(strings.ToLower(rand.Text()), l); err != nil {
		return err
	}
	if in.output, err = newOutput(log); err != nil {
		return err
	}
	if in.process, err = h.launch(in.group, h.arguments(v), user, in.output.write); err != nil {
		return err
	}
	in.output.started()
	in.listeners, err = in.process.order(time.Now().Add(beginning), o, in.output.code)
	if err != nil {
		in.process.kill()
		if said := in.output.trouble(); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
		return err
	}
	return nil
}
