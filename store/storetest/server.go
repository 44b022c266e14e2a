package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres returns the connection string of a new, empty database on a private PostgreSQL server, or skips the test where
// PostgreSQL is not installed. The server listens on a unix socket only, is shared by all tests of the binary, and runs without
// fsync: tests of durability use NewServer. It ends with the test binary, however that ends.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := startServer("fsync=off", "synchronous_commit=off", "full_page_writes=off")
		if errors.Is(err, errNoPostgres) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		shared.server = s
	}
	return shared.server.NewDatabase(t)
}

// shared is the one server of the test binary.
var shared struct {
	sync.Mutex
	server *Server
}

var errNoPostgres = errors.New("no PostgreSQL here: /usr/lib/postgresql/*/bin/postgres not found")

// Server is a private PostgreSQL server.
type Server struct {
	bin, dir string
	options  []string
	who      *syscall.Credential
	keep     io.WriteCloser // the server's keeper stops it when this closes
	keeper   *exec.Cmd

	mu        sync.Mutex
	databases int
	empty     []string // databases that a test has given back
}

// NewServer starts a server of the test's own, as durable as PostgreSQL is by default, or skips the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := startServer()
	if errors.Is(err, errNoPostgres) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		_ = os.RemoveAll(s.dir)
	})
	return s
}

func startServer(options ...string) (*Server, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, errNoPostgres
	}
	slices.Sort(found)
	// Not t.TempDir: the path of a unix socket has at most 107 bytes.
	dir, err := os.MkdirTemp("/tmp", "vauban-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: filepath.Dir(found[len(found)-1]), dir: dir, options: options}
	if os.Getuid() == 0 { // the server refuses to run as root
		if s.who, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(s.who.Uid), int(s.who.Gid)); err != nil {
			return nil, err
		}
	}
	initdb := s.command(filepath.Join(s.bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "vauban", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.Start()
}

// unprivileged is the account that the server runs as when the test is root.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("no account postgres or nobody to run PostgreSQL as")
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.who, Setpgid: true}
	return cmd
}

// keeperScript runs the server and stops it when standard input ends, which it does at the latest with the test process.
const keeperScript = `
"$@" >>log 2>&1 &
echo $! >pid
read -r line
if [ "$line" = crash ]; then
	kill -STOP $! # so that it begets no more while they are counted
	until grep -q '^State:.T' /proc/$!/status; do sleep 0.01; done
	children=$(cat /proc/$!/task/$!/children)
	kill -KILL $! $children
	for c in $children; do # until its memory is gone, though perhaps nobody buries it
		while grep -q . /proc/$c/maps 2>/dev/null; do sleep 0.01; done
	done
else
	kill -INT $!
fi
wait
[ -n "$line" ] || rm -rf "$PWD"
`

// Start starts the server, also again after Stop or Crash, and waits until it answers.
func (s *Server) Start() error {
	args := []string{"-c", keeperScript, "keeper", filepath.Join(s.bin, "postgres"), "-D", filepath.Join(s.dir, "data"),
		"-c", "listen_addresses=", "-c", "unix_socket_directories=" + s.dir, "-c", "max_connections=100", "-c", "shared_buffers=32MB"}
	for _, o := range s.options {
		args = append(args, "-c", o)
	}
	keeper := s.command("/bin/sh", args...)
	keep, err := keeper.StdinPipe()
	if err != nil {
		return err
	}
	if err := keeper.Start(); err != nil {
		return err
	}
	s.keep, s.keeper = keep, keeper
	return s.await()
}

func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	for {
		c, err := pgx.Connect(ctx, s.dsn("postgres"))
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server in order; Crash kills all its processes with SIGKILL. Both wait until it is gone.
func (s *Server) Stop()  { s.end("stop\n") }
func (s *Server) Crash() { s.end("crash\n") }

func (s *Server) end(how string) {
	if s.keeper == nil {
		return
	}
	_, _ = io.WriteString(s.keep, how)
	_ = s.keep.Close()
	_ = s.keeper.Wait()
	s.keeper = nil
}

// Freeze halts all processes of the server, which then takes connections and answers nothing, until Thaw or the end of the test.
func (s *Server) Freeze(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
	t.Cleanup(func() { s.Thaw(t) })
}

// Thaw lets the server go on.
func (s *Server) Thaw(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGCONT)
}

// signal reaches the server before its children: so it makes no more of them.
func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if s.keeper == nil {
		return
	}
	written, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	server := strings.TrimSpace(string(written))
	children := func() []string {
		b, _ := os.ReadFile(filepath.Join("/proc", server, "task", server, "children"))
		return strings.Fields(string(b))
	}
	send := func(to string) {
		if pid, err := strconv.Atoi(to); err != nil || pid < 2 {
			t.Fatalf("no process %q", to)
		} else if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
	send(server)
	for _, c := range children() {
		send(c)
	}
}

func (s *Server) dsn(database string) string {
	return fmt.Sprintf("host=%s user=vauban dbname=%s connect_timeout=5", s.dir, database)
}

// NewDatabase returns the connection string of an empty database. When the test ends it is emptied for the next one,
// which takes a tenth of the time of another database.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var name string
	if n := len(s.empty); n > 0 {
		name, s.empty = s.empty[n-1], s.empty[:n-1]
	} else {
		s.databases++
		name = fmt.Sprint("t", s.databases)
		s.admin(t, "postgres", "CREATE DATABASE "+name)
	}
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.keeper != nil {
			s.admin(t, name, emptyDatabase)
			s.empty = append(s.empty, name)
		}
	})
	return s.dsn(name)
}

// emptyDatabase breaks the connections that are left, waits until they are gone, and drops all schemas.
const emptyDatabase = `DO $$
DECLARE name text;
BEGIN
	PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
	FOR name IN SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%' LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', name);
	END LOOP;
	CREATE SCHEMA public;
END $$`

func (s *Server) admin(t testing.TB, database, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.dsn(database))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
