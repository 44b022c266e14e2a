// Package process starts servers as processes of their own, to be measured: the built program on a data directory that goes with it, and moto_server, the
// peer, where the machine has it.
//
// Start reading at [Vauban].
package process

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is a server under measurement.
type Process struct {
	URL, Account                 string
	AccessKeyID, SecretAccessKey string
	CA                           *x509.CertPool // nil over plain HTTP

	dir string
	cmd *exec.Cmd
}

// Vauban runs the program, with more arguments of its command up, and returns when it takes calls. Its standard error is the caller's.
func Vauban(binary string, args ...string) (*Process, error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return nil, err
	}
	p := &Process{dir: dir, cmd: exec.Command(binary, append([]string{"up", "--data", dir}, args...)...)}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	var client struct{ URL, CA, Account string }
	var key struct{ AccessKeyID, SecretAccessKey string }
	err = Await(30*time.Second, func() bool {
		return readJSON(filepath.Join(dir, "client.json"), &client) && readJSON(filepath.Join(dir, "admin-credentials.json"), &key)
	})
	if err == nil && client.CA != "" {
		var pem []byte
		pem, err = os.ReadFile(client.CA)
		p.CA = x509.NewCertPool()
		p.CA.AppendCertsFromPEM(pem)
	}
	if err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s does not start: %w", binary, err)
	}
	p.URL, p.Account, p.AccessKeyID, p.SecretAccessKey = client.URL, client.Account, key.AccessKeyID, key.SecretAccessKey
	return p, nil
}

func readJSON(path string, v any) bool {
	b, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(b, v) == nil
}

// Moto runs the peer: an emulator that stores policies and does not enforce them by default.
func Moto() (*Process, error) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, errors.New("moto_server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	p := &Process{URL: "http://" + addr.String(), AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret", cmd: exec.Command(path, "-H", "127.0.0.1", "-p", strconv.Itoa(addr.Port))}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := Await(30*time.Second, p.answers); err != nil {
		p.Stop()
		return nil, fmt.Errorf("moto_server does not start: %w", err)
	}
	return p, nil
}

func (p *Process) answers() bool {
	res, err := http.Get(p.URL + "/moto-api/")
	if err != nil {
		return false
	}
	res.Body.Close()
	return true
}

// Await looks until ok, for d at most.
func Await(d time.Duration, ok func() bool) error {
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return nil
		}
	}
	return fmt.Errorf("nothing after %s", d)
}

// Stop ends the process, and removes its data.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// CPU is the user and system time of the process. proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms.
func (p *Process) CPU() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// Resident is how much memory the process holds, and the most that it has held, in bytes. proc_pid_status(5): VmRSS and VmHWM, in KiB.
func (p *Process) Resident() (now, peak int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	size := func(name string) int64 {
		_, rest, _ := strings.Cut(string(b), name+":")
		kib, _ := strconv.ParseInt(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 10, 64)
		return kib << 10
	}
	return size("VmRSS"), size("VmHWM"), nil
}
