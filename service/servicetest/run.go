package servicetest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"vauban/server"
	"vauban/store/storetest"
)

var update = flag.Bool("update", false, "write the responses and records of conversations")

// Account is the management account of every conversation.
const Account = "111122223333"

// Run plays all testdata/*.txtar of the package under test.
func Run(t *testing.T) { RunWith(t, server.Config{}) }

// RunWith does so with servers of that configuration, where the conversations need something beside the server.
func RunWith(t *testing.T, cfg server.Config) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations in testdata: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name+"/sqlite", func(t *testing.T) { play(t, file, cfg, *update) })
		if *update {
			continue
		}
		t.Run(name+"/postgres", func(t *testing.T) {
			cfg := cfg
			cfg.Database = storetest.Postgres(t)
			play(t, file, cfg, false)
		})
	}
}

// clock is the time of a conversation: it passes only when the conversation says so.
type clock struct{ now atomic.Int64 }

func (c *clock) Now() time.Time { return time.Unix(0, c.now.Load()).UTC() }

func play(t *testing.T, file string, cfg server.Config, rewrite bool) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlayer(t, cfg)
	for i := range archive.Files {
		f := &archive.Files[i]
		want := string(f.Data)
		got, checked := p.step(t, f.Name, want)
		if !checked || got == want {
			continue
		}
		if rewrite {
			f.Data = []byte(got)
			continue
		}
		t.Errorf("%s: step %d, %s of %q (-want +got):\n%s", file, i+1, f.Name, p.last.name, cmp.Diff(want, got))
	}
	if rewrite {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func newPlayer(t *testing.T, cfg server.Config) *player {
	c := &clock{}
	c.now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	cfg.Account, cfg.AdminAccessKeyID, cfg.AdminSecretAccessKey = Account, "AKIAADMINADMINADMIN1", "admin/secret"
	cfg.Clock = c.Now
	s, err := server.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &player{server: s, clock: c, keys: map[string]credentials{}, vars: map[string]string{"account": Account}}
	p.keys["admin"] = credentials{ID: cfg.AdminAccessKeyID, Secret: cfg.AdminSecretAccessKey}
	return p
}

// step carries out one file of the archive. It returns what the file should hold, if the file is to be checked.
func (p *player) step(t *testing.T, name, content string) (got string, checked bool) {
	words := strings.Fields(name)
	switch {
	case name == "response":
		return p.last.shown(p), true
	case name == "record":
		return p.record(t, content), true
	case words[0] == "keys" && len(words) == 2:
		p.keys[words[1]] = p.last.credentials(t)
	case words[0] == "let" && len(words) == 3:
		p.vars[words[1]] = p.last.member(t, words[2])
	case words[0] == "until" && (len(words) == 2 || len(words) == 3):
		p.until(t, words[1], p.expand(strings.Join(words[2:], "")))
	case words[0] == "code" && len(words) == 3:
		p.vars[words[1]] = totp(t, p.expand(words[2]), p.clock.Now())
	case words[0] == "job" && len(words) == 2:
		if err := p.server.Turn(t.Context(), words[1]); err != nil {
			t.Fatal(err)
		}
	case words[0] == "wrap" && len(words) == 4:
		p.vars[words[1]] = wrap(t, p.last.member(t, "PublicKey"), words[2], p.expand(words[3]))
	case name == "consumed":
		p.awaitConsumers(t)
	case name == "clock":
		d, err := time.ParseDuration(strings.TrimSpace(content))
		if err != nil {
			t.Fatal(err)
		}
		p.clock.now.Add(int64(d))
	case len(words) == 3:
		p.call(t, words[0], words[1], words[2], p.expand(content))
	default:
		t.Fatalf("step %q is not understood: see the package's documentation", name)
	}
	return "", false
}

// until makes the last call again until its response has the member, with that value unless it is "": what happens in the background takes its time.
func (p *player) until(t *testing.T, member, value string) {
	deadline := time.Now().Add(3 * time.Minute) // a job that has failed tries again after a minute
	for {
		if text, ok := p.last.find(member); ok && (value == "" || text == value) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the response to %q has no %s %s:\n%s", p.last.name, member, value, p.last.body)
		}
		time.Sleep(5 * time.Millisecond)
		p.again(t)
	}
}

// record compares the members that the file asks for.
func (p *player) record(t *testing.T, asked string) string {
	var want, have any
	if err := json.Unmarshal([]byte(asked), &want); err != nil {
		t.Fatalf("record of %q: %v", p.last.name, err)
	}
	raw := p.find(t, p.last.requestID)
	if raw == nil {
		return "no record\n"
	}
	if err := json.Unmarshal([]byte(p.normal(string(raw))), &have); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(members(want, have)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// members reduces have to the members that want names.
func members(want, have any) any {
	w, ok := want.(map[string]any)
	h, ok2 := have.(map[string]any)
	if !ok || !ok2 || len(w) == 0 {
		return have
	}
	out := map[string]any{}
	for k, v := range w {
		if hv, ok := h[k]; ok {
			out[k] = members(v, hv)
		} else {
			out[k] = fmt.Sprintf("absent from %d members", len(h))
		}
	}
	return out
}
