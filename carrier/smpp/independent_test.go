package smpp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/carrier"
)

// nodePart is what the centre by node-smpp says of a part.
type nodePart struct {
	Port                  int
	From, To, Text, UDH   string
	FromTON, ToTON, ToNPI int
	Coding, ESMClass      int
}

// nodeCentre starts the centre by node-smpp.
func nodeCentre(t *testing.T) (address string, next func() nodePart) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIP: node is not installed (apt-get install nodejs)")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("SKIP: there is no directory to look for node-smpp in: %v", err)
	}
	module := filepath.Join(cache, "vauban-tests", "node_modules", "smpp")
	if _, err := os.Stat(module); err != nil {
		t.Skipf("SKIP: node-smpp is not installed: %v (make packages does it, with npm)", err)
	}
	cmd := exec.Command(node, "testdata/server.js", module)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	next = func() (p nodePart) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("node-smpp has ended: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		return p
	}
	return fmt.Sprintf("127.0.0.1:%d", next().Port), next
}

// TestNodeSMPP: a centre that others have written understands us.
func TestNodeSMPP(t *testing.T) {
	t.Parallel()
	address, next := nodeCentre(t)
	var log lockedBuffer
	s := sender(t, address, func(c *Config) {
		c.SystemID, c.Password, c.Receipts, c.Logger = "vauban", "secret", true, slog.New(slog.NewTextHandler(&log, nil))
	})
	for _, body := range []string{"ALARM: 5 € {a|b} [x] ~ ÄÖÜß@£", "警報 🚨 Überwachung", strings.Repeat("Lang, aber in GSM: € ", 20), strings.Repeat("警報🚨", 40)} {
		sent, err := s.Send(t.Context(), &carrier.Text{To: "+4915112345678", Body: body})
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for i := range sent.Parts {
			p := next()
			got.WriteString(p.Text)
			if p.From != "Vauban" || p.FromTON != 5 || p.To != "4915112345678" || p.ToTON != 1 || p.ToNPI != 1 {
				t.Errorf("%+v", p)
			}
			if sent.Parts > 1 && (p.ESMClass != 0x40 || !strings.HasSuffix(p.UDH, fmt.Sprintf("%02x%02x", sent.Parts, i+1))) {
				t.Errorf("part %d of %d: class %#x, header %s", i+1, sent.Parts, p.ESMClass, p.UDH)
			}
		}
		if got.String() != body {
			t.Errorf("%q arrived as %q", body, got.String())
		}
	}
	if _, err := s.Send(t.Context(), &carrier.Text{To: "+4915100000001", Body: "x"}); !errors.Is(err, carrier.ErrRefused) {
		t.Errorf("%v", err)
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(log.String(), "id:node-1 stat:DELIVRD"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no receipt: %s", log.String())
		}
	}
	wrong := sender(t, address, func(c *Config) { c.SystemID, c.Password = "vauban", "wrong" })
	if err := wrong.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "wrong password") {
		t.Errorf("%v", err)
	}
}
