package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vauban/engine/otp"
	"vauban/sandbox/inside"
	"vauban/server"
)

func TestMain(m *testing.M) {
	inside.Main(os.Args[1:])
	testscript.Main(m, map[string]func(){
		"vauban": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command lines in testdata as a shell would.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await, "capture": capture, "altered": altered, "delivered": delivered, "grown": grown,
		},
	})
}

// await waits until a file exists: `await FILE`.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	path := ts.MkAbs(args[0])
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	ts.Fatalf("%s does not appear", args[0])
}

// TestRootInitAndLogin sets up root as an operator does, with an authenticator, and signs in with it.
func TestRootInitAndLogin(t *testing.T) {
	data := t.TempDir()
	s, err := server.Start(t.Context(), server.Config{Data: data, API: "https://127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const password = "correct Horse 9 battery!"

	typing, keyboard := io.Pipe()
	screen, shown := io.Pipe()
	done := make(chan int, 1)
	var problems bytes.Buffer
	go func() {
		code := run(context.Background(), []string{"root", "init", "--data", data}, stdio{typing, shown, &problems})
		shown.Close()
		done <- code
	}()
	go fmt.Fprintf(keyboard, "%s\n%s\n", password, password)
	var key []byte
	lines := bufio.NewScanner(screen)
	for lines.Scan() {
		if _, seed, ok := strings.Cut(lines.Text(), "secret: "); ok {
			if key, err = otp.DecodeSeed(seed); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if key == nil {
		t.Fatalf("no secret was shown: exit %d, %s", <-done, &problems)
	}
	go io.Copy(io.Discard, screen)
	now := time.Now()
	fmt.Fprintf(keyboard, "%s\n%s\n", otp.TOTP(key, now.Add(-otp.Step)), otp.TOTP(key, now))
	if code := <-done; code != 0 {
		t.Fatalf("root init: exit %d, %s", code, &problems)
	}

	var out, errs bytes.Buffer
	login := func(password string, args ...string) int {
		out.Reset()
		errs.Reset()
		return run(context.Background(), append([]string{"login", "root", "--data", data, "--output", "json"}, args...), stdio{strings.NewReader(password + "\n"), &out, &errs})
	}
	if code := login("wrong", "--code", otp.TOTP(key, now.Add(otp.Step))); code != 1 || !strings.Contains(errs.String(), "→") {
		t.Errorf("a wrong password: exit %d, %s", code, &errs)
	}
	if code := login(password, "--code", otp.TOTP(key, now.Add(otp.Step))); code != 0 {
		t.Fatalf("login: exit %d, %s", code, &errs)
	}
	var creds struct{ AccessKeyID, SessionToken string }
	if err := json.Unmarshal(out.Bytes(), &creds); err != nil || !strings.HasPrefix(creds.AccessKeyID, "ASIA") || creds.SessionToken == "" {
		t.Errorf("credentials: %v, %s", err, &out)
	}
}
