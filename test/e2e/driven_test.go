package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"vauban/server"
	"vauban/service"
	"vauban/service/all"
)

// The clients, by the beginning of their user agents.
const (
	boto3Agent = "Boto3/"
	cliAgent   = "aws-cli/"
	goAgent    = "aws-sdk-go-v2/"
)

// driven is what a client has called, as the logs of servers show it.
type driven struct {
	agent string
	mu    sync.Mutex
	done  map[string]bool // by "source name": whether a call has succeeded
}

// read ends a server and reads its log to the end: the management events that LookupEvents finds, and the data events that it does not.
func (d *driven) read(t testing.TB, s *running) {
	t.Helper()
	s.stop(t, syscall.SIGTERM)
	st, err := server.OpenState(context.Background(), server.Config{Data: s.data})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done == nil {
		d.done = map[string]bool{}
	}
	for after := int64(0); ; {
		entries, err := st.Log.Read(context.Background(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return
		}
		for _, e := range entries {
			after = e.Seq
			var record struct{ UserAgent, ErrorCode string }
			if err := json.Unmarshal(e.Record, &record); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(record.UserAgent, d.agent) {
				name := e.Source + " " + e.Name
				d.done[name] = d.done[name] || record.ErrorCode == ""
			}
		}
	}
}

// complete fails unless the client has called with success every operation of the services (all, if none is named) that is built, but for
// those of testdata/undriven.txt.
func (d *driven) complete(t *testing.T, services ...string) {
	t.Helper()
	excepted := d.exceptions(t)
	_, isolates := isolates(t)
	for _, s := range all.Services(service.Deps{}, nil) {
		api := s.API()
		if len(services) > 0 && !slices.Contains(services, api.Name) || api.Name == "lambda" && !isolates {
			continue
		}
		missing, count := []string{}, 0
		for _, row := range s.Operations() {
			name := api.Name + "." + row.Op.Name
			ok, seen := d.done[api.EventSource+" "+row.Op.Name]
			refused, excused := excepted[name]
			delete(excepted, name)
			if _, all := excepted[api.Name+".*"]; all {
				continue
			}
			switch {
			case excused && refused && (ok || !seen):
				t.Errorf("%s: %s must have been refused, as testdata/undriven.txt says (called: %t)", d.agent, name, seen)
			case excused && !refused && ok:
				t.Errorf("%s: %s is called with success: take it out of testdata/undriven.txt", d.agent, name)
			case !excused && !ok:
				missing = append(missing, row.Op.Name)
			case !excused:
				count++
			}
		}
		t.Logf("%s %s: %d of %d operations called with success", d.agent, api.Name, count, len(s.Operations()))
		if len(missing) > 0 {
			t.Errorf("%s %s: no successful call of %s", d.agent, api.Name, strings.Join(missing, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(excepted)) {
		if strings.HasSuffix(name, ".*") {
			continue
		}
		if service, _, _ := strings.Cut(name, "."); len(services) > 0 && !slices.Contains(services, service) || service == "lambda" && !isolates {
			continue
		}
		t.Errorf("testdata/undriven.txt names %s, which is not built", name)
	}
}

// exceptions are the operations of testdata/undriven.txt that hold for the client, and whether they must have been refused.
func (d *driven) exceptions(t testing.TB) map[string]bool {
	t.Helper()
	list, err := os.ReadFile("testdata/undriven.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for n, line := range strings.Split(string(list), "\n") {
		line, reason, _ := strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 || strings.TrimSpace(reason) == "" || !slices.Contains([]string{"all", boto3Agent, cliAgent, goAgent}, fields[0]) || !slices.Contains([]string{"uncalled", "refused"}, fields[1]) {
			t.Fatalf("testdata/undriven.txt:%d: want CLIENT HOW OPERATION # REASON", n+1)
		}
		if fields[0] == "all" || fields[0] == d.agent {
			out[fields[2]] = fields[1] == "refused"
		}
	}
	return out
}
