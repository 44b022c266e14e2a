package main

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

const (
	keyID  = "AKIAADMINADMINADMIN1"
	secret = "admin/secret"
)

// process is a server under measurement.
type process struct {
	name, url, dir string
	ca             *x509.CertPool // nil over plain HTTP
	cmd            *exec.Cmd
}

func startVauban(binary, scheme, admin string) (*process, error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return nil, err
	}
	p := &process{name: "vauban, " + scheme, dir: dir}
	args := []string{
		"up", "--data", dir, "--api", scheme + "://127.0.0.1:0", "--log-level", "error", "--caller-rate", "1000000", "--source-rate", "1000000",
		"--admin-access-key-id", keyID, "--admin-secret-access-key", secret,
	}
	if admin != "" {
		args = append(args, "--admin", admin)
	}
	p.cmd = exec.Command(binary, args...)
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.await(func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "client.json"))
		var client struct{ URL, CA string }
		if err != nil || json.Unmarshal(b, &client) != nil {
			return false
		}
		p.url = client.URL
		if scheme == "https" {
			pem, err := os.ReadFile(client.CA)
			p.ca = x509.NewCertPool()
			return err == nil && p.ca.AppendCertsFromPEM(pem)
		}
		return true
	})
}

func startMoto() (*process, error) {
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
	p := &process{name: "moto_server", url: "http://" + addr.String(), cmd: exec.Command(path, "-H", "127.0.0.1", "-p", strconv.Itoa(addr.Port))}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.await(func() bool {
		res, err := http.Get(p.url + "/moto-api/")
		if err != nil {
			return false
		}
		res.Body.Close()
		return true
	})
}

func (p *process) await(ready func() bool) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ready() {
			return nil
		}
	}
	p.stop()
	return fmt.Errorf("%s does not start", p.name)
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}

// cpu is the user and system time of the process. proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms.
func (p *process) cpu() time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peak is the largest resident size so far. proc_pid_status(5): VmHWM, in KiB.
func (p *process) peak() int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kib, _ := strconv.ParseInt(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 10, 64)
	return kib << 10
}
