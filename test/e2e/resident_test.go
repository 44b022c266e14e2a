package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// residentCLI is one process of the installed aws CLI's own code (testdata/aws.py), which runs each command in a fork of itself: a process of
// the CLI takes most of a second before it calls anything.
type residentCLI struct {
	socket string
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer
}

// resident is started by the first command, and ended by TestMain. Without it, each command is a process.
var resident = sync.OnceValues(startCLI)

var started atomic.Pointer[residentCLI]

// outcome is what a command left.
type outcome struct {
	Status         int
	Stdout, Stderr []byte
}

func (o *outcome) String() string { return string(o.Stdout) + string(o.Stderr) }

// startCLI looks for the Python whose aws CLI is the one on the path, behind whatever shim.
func startCLI() (*residentCLI, error) {
	installed, err := exec.Command("aws", "--version").Output()
	if err != nil {
		return nil, err
	}
	var tried []error
	for _, python := range []string{interpreter("aws"), "python3", "/usr/bin/python3"} {
		version, err := exec.Command(python, "-c", "import awscli; print(awscli.__version__)").Output()
		if err != nil || !strings.HasPrefix(string(installed), "aws-cli/"+strings.TrimSpace(string(version))+" ") {
			tried = append(tried, fmt.Errorf("%s: %q, %w", python, version, err))
			continue
		}
		return runCLI(python)
	}
	return nil, errors.Join(tried...)
}

// interpreter is the one that the script's first line names.
func interpreter(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return name
	}
	f, err := os.Open(path)
	if err != nil {
		return name
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, 300)).ReadString('\n')
	fields := strings.Fields(strings.TrimPrefix(line, "#!"))
	if len(fields) == 0 || !strings.Contains(filepath.Base(fields[0]), "python") {
		return "python3"
	}
	return fields[0]
}

func runCLI(python string) (*residentCLI, error) {
	dir, err := os.MkdirTemp("", "aws-")
	if err != nil {
		return nil, err
	}
	c := &residentCLI{socket: filepath.Join(dir, "s"), cmd: exec.Command(python, "testdata/aws.py", filepath.Join(dir, "s"))}
	c.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}
	c.cmd.Stderr = &c.stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	ready, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if line, err := bufio.NewReader(ready).ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("%s testdata/aws.py says %q: %w", python, line, err), c.end())
	}
	started.Store(c)
	return c, nil
}

func (c *residentCLI) end() error {
	c.stdin.Close()
	err := c.cmd.Wait()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, &c.stderr)
	}
	return errors.Join(err, os.RemoveAll(filepath.Dir(c.socket)))
}

// run runs one command.
func (c *residentCLI) run(env []string, dir string, args []string) (*outcome, error) {
	vars := map[string]string{}
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		vars[k] = v
	}
	conn, err := net.Dial("unix", c.socket)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(conn).Encode(map[string]any{"args": args, "env": vars, "dir": dir}); err != nil {
		return nil, err
	}
	out := &outcome{}
	if err := json.NewDecoder(conn).Decode(out); err != nil {
		return nil, fmt.Errorf("the aws CLI left no answer: %w", err)
	}
	return out, nil
}

// stock runs a command of the stock aws CLI, pointed at the server, in a directory ("" is the tests' own).
func (s *running) stock(t testing.TB, env []string, dir string, args ...string) *outcome {
	t.Helper()
	out, err := s.runStock(env, dir, args)
	if err != nil {
		t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (s *running) runStock(env []string, dir string, args []string) (*outcome, error) {
	cli, err := resident()
	if err != nil {
		return s.processed(env, dir, args)
	}
	if dir == "" {
		if dir, err = os.Getwd(); err != nil {
			return nil, err
		}
	}
	if !strings.Contains(strings.Join(args, " "), "--endpoint-url") { // as vauban aws does
		args = append([]string{"--endpoint-url", s.url}, args...)
	}
	return cli.run(env, dir, args)
}

// processed runs the command by vauban aws, in a process of its own.
func (s *running) processed(env []string, dir string, args []string) (*outcome, error) {
	var out, errs bytes.Buffer
	cmd := exec.Command(s.bin, append([]string{"aws"}, args...)...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = env, dir, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	return &outcome{cmd.ProcessState.ExitCode(), out.Bytes(), errs.Bytes()}, nil
}

// TestResidentCLI says why the CLI is not resident, where it is not.
func TestResidentCLI(t *testing.T) {
	need(t, "aws", "apt-get install awscli")
	if _, err := resident(); err != nil {
		t.Skipf("SKIP: each command of the aws CLI is a process, which is slow: %v", err)
	}
	a := newAWS(t)
	env := append(a.env, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE")
	if out := a.s.stock(t, env, "", "sts", "get-caller-identity"); out.Status < 254 || !bytes.Contains(out.Stderr, []byte("InvalidClientTokenId")) || len(out.Stdout) > 0 {
		t.Errorf("with an unknown key: %d %s", out.Status, out)
	}
	if got := dig(a.ok("sts", "get-caller-identity"), "Account"); got != a.s.account {
		t.Errorf("the next command has the credentials of the one before: %v", got)
	}
	if out := a.s.stock(t, a.env, "", "sqs", "no-such-command"); out.Status != 2 && out.Status != 252 {
		t.Errorf("an unknown command: %d %s", out.Status, out)
	}
}
