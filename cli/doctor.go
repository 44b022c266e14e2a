package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"vauban/server"
)

type doctorCommand struct {
	Data string `help:"Data directory to check." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	API  string `name:"api" help:"Address that the server would listen on." default:"127.0.0.1:8443"`

	carrierFlags
}

// finding is one line of the report.
type finding struct {
	mark, what, detail string
}

func good(what, format string, args ...any) finding {
	return finding{"ok", what, fmt.Sprintf(format, args...)}
}

func bad(what, format string, args ...any) finding {
	return finding{"FAIL", what, fmt.Sprintf(format, args...)}
}

func note(what, format string, args ...any) finding {
	return finding{"note", what, fmt.Sprintf(format, args...)}
}

// Run checks what a server needs and says what can be enforced here. It fails when a server could not run.
func (c *doctorCommand) Run(ctx context.Context, io *stdio) error {
	running := c.running(ctx)
	findings := []finding{running, c.port(running.mark == "ok"), c.directory(), c.space(), c.secrets(), clockSane(), randomness(), descriptors()}
	findings = append(findings, tools()...)
	findings = append(findings, c.partners(ctx)...)
	findings = append(findings, functions(ctx)...)
	findings = append(findings, enforcement()...)
	failed := 0
	for _, f := range findings {
		fmt.Fprintf(io.out, "%-5s %-16s %s\n", f.mark, f.what, f.detail)
		if f.mark == "FAIL" {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(findings))
	}
	return nil
}

func (c *doctorCommand) running(ctx context.Context) finding {
	client, _, err := server.ReadClient(c.Data)
	if err != nil {
		return note("server", "none has run on %s yet", c.Data)
	}
	u, err := httpClient(client.CA)
	if err != nil {
		return bad("server", "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, client.URL+"/readyz", nil)
	if err != nil {
		return bad("server", "%v", err)
	}
	res, err := u.Do(r)
	if err != nil {
		return note("server", "not running at %s", client.URL)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return bad("server", "%s is not ready: %s; its log says why", client.URL, res.Status)
	}
	skew := "unknown"
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		skew = time.Since(at).Round(time.Second).String()
	}
	return good("server", "ready at %s, account %s, clock differs by %s", client.URL, client.Account, skew)
}

func (c *doctorCommand) port(serving bool) finding {
	l, err := net.Listen("tcp", c.API)
	switch {
	case err == nil:
		l.Close()
		return good("port", "%s is free", c.API)
	case serving:
		return good("port", "%s is in use by the server", c.API)
	case errors.Is(err, syscall.EACCES):
		return bad("port", "%s needs more rights than this user has: choose a port above 1023 with --api", c.API)
	}
	return bad("port", "%s: %v: choose another with --api", c.API, err)
}

func (c *doctorCommand) directory() finding {
	info, err := os.Stat(c.Data)
	if errors.Is(err, os.ErrNotExist) {
		return good("data directory", "%s will be made at the first start", c.Data)
	}
	if err != nil {
		return bad("data directory", "%v", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return bad("data directory", "%s is open to others (mode %#o): chmod 700 %s", c.Data, info.Mode().Perm(), c.Data)
	}
	f, err := os.CreateTemp(c.Data, ".doctor-*")
	if err != nil {
		return bad("data directory", "%s cannot be written: %v", c.Data, err)
	}
	defer os.Remove(f.Name())
	start := time.Now()
	_, werr := f.WriteString("vauban doctor")
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return bad("data directory", "%s cannot be written durably: %v", c.Data, err)
	}
	return good("data directory", "%s, mode 0700, one durable write takes %s", c.Data, time.Since(start).Round(10*time.Microsecond))
}

func (c *doctorCommand) space() finding {
	dir := c.Data
	for {
		var s syscall.Statfs_t
		if err := syscall.Statfs(dir, &s); err == nil {
			free := s.Bavail * uint64(s.Bsize) >> 20
			if free < 512 {
				return bad("disk", "%d MiB free at %s: at least 512 are needed", free, dir)
			}
			return good("disk", "%d MiB free at %s", free, dir)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return bad("disk", "free space at %s is unknown", c.Data)
		}
		dir = parent
	}
}

// secrets checks that nobody else reads the files that must stay secret.
func (c *doctorCommand) secrets() finding {
	for _, name := range []string{"root.key", "admin-credentials.json", "ca.key"} {
		path := filepath.Join(c.Data, name)
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			return bad("secrets", "%s is open to others (mode %#o): chmod 600 %s", path, info.Mode().Perm(), path)
		}
	}
	return good("secrets", "secret files are readable by their owner only")
}

func clockSane() finding {
	now := time.Now()
	if now.Year() < 2025 {
		return bad("clock", "%s is in the past: set the clock, or signatures and certificates fail", now.Format(time.RFC3339))
	}
	return good("clock", "%s", now.UTC().Format(time.RFC3339))
}

func randomness() finding {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return bad("randomness", "%v", err)
	}
	return good("randomness", "the kernel's generator answers")
}

func descriptors() finding {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return bad("open files", "%v", err)
	}
	if l.Cur < 1024 {
		return bad("open files", "limit of %d is too low: ulimit -n 4096", l.Cur)
	}
	return good("open files", "limit %d", l.Cur)
}

// tools are clients that make a first session pleasant; none is needed.
func tools() []finding {
	var out []finding
	for _, name := range []string{"aws", "terraform"} {
		if path, err := exec.LookPath(name); err == nil {
			out = append(out, good(name, "%s", path))
		} else {
			out = append(out, note(name, "not installed; the server does not need it"))
		}
	}
	return out
}

// enforcement says what this version enforces, and what it refuses because it cannot.
func enforcement() []finding {
	return []finding{
		good("enforced", "signatures, sessions, MFA, identity and trust policies, boundaries, session policies, throttling, audit record of every call"),
		note("not built", "operations of other services are refused with NotImplemented or an unknown-operation error, never pretended"),
	}
}
