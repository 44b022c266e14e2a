package gateway_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/gateway"
	"vauban/store"
)

// throttling is a refusal of a limit in each family's words.
var throttling = perFamily{"query": "ThrottlingException", "ec2": "RequestLimitExceeded", "json": "ThrottlingException", "s3": "SlowDown"}

func expectThrottled(t *testing.T, k *kind, what string, o outcome) {
	t.Helper()
	status := map[string]int{"ec2": 503, "s3": 503, "restjson": 429, "restxml": 429}[k.name]
	if status == 0 {
		status = 400
	}
	if o.code != throttling.of(k) || o.status != status || o.changes != 0 {
		t.Errorf("%s, %s: %d %s, want %d %s", k.name, what, o.status, o.code, status, throttling.of(k))
	}
	if err := readable(o.w, http.MethodPost); err != nil {
		t.Errorf("%s, %s: %v: %q", k.name, what, err, o.w.Body)
	}
}

func TestLimitsInEveryProtocol(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			services := servicesOf([]*kind{k})
			call := func(h *house) outcome { return h.do(h.signedBy(t, k.request(ask{}), k.signer())) }

			h := newHouse(t, gateway.Limits{PerCaller: 1}, services...)
			call(h)
			call(h)
			o := call(h)
			expectThrottled(t, k, "per caller", o)
			if o.events != 1 {
				t.Errorf("a proven caller's throttled request: %d records", o.events)
			}
			h.now = h.now.Add(2 * time.Second)
			if o := call(h); o.status != 200 {
				t.Errorf("two seconds later: %d %s", o.status, o.code)
			}

			h = newHouse(t, gateway.Limits{PerSource: 1}, services...)
			call(h)
			call(h)
			if o = call(h); o.events != 0 {
				t.Errorf("throttled before anybody was proven: %d records", o.events)
			}
			expectThrottled(t, k, "per source", o)
			r := h.signedBy(t, k.request(ask{}), k.signer())
			r.RemoteAddr = "192.0.2.8:1"
			if o := h.do(r); o.status != 200 {
				t.Errorf("another source: %d %s", o.status, o.code)
			}

			h = newHouse(t, gateway.Limits{InFlight: 1}, services...)
			release := occupy(t, h, k)
			expectThrottled(t, k, "in flight", call(h))
			release()
			if o := call(h); o.status != 200 {
				t.Errorf("after the other was done: %d %s", o.status, o.code)
			}

			h = newHouse(t, gateway.Limits{Bodies: 2000}, services...)
			big := strings.Repeat("x", 4000)
			expectThrottled(t, k, "bodies in memory", h.do(h.signedBy(t, k.request(ask{body: &big}), k.signer())))
			if o := call(h); o.status != 200 {
				t.Errorf("after the large body was gone: %d %s", o.status, o.code)
			}
		})
	}
}

// TestASourceHasItsShareOfBodies: who sends bodies slowly, with whatever signature, fills its own share and nobody else's.
func TestASourceHasItsShareOfBodies(t *testing.T) {
	k := kinds()[0]
	h := newHouse(t, gateway.Limits{Bodies: 8000, BodiesEach: 2000}, servicesOf([]*kind{k})...)
	release := occupyWith(t, h, k, 1999)
	from := func(address string) outcome {
		r := h.signedBy(t, k.request(ask{}), k.signer())
		r.RemoteAddr = address
		return h.do(r)
	}
	inside := k.request(ask{}).RemoteAddr
	expectThrottled(t, k, "a second body of the source", from(inside))
	if o := from("192.0.2.99:1"); o.status != 200 {
		t.Errorf("another source: %d %s", o.status, o.code)
	}
	release()
	if o := from(inside); o.status != 200 {
		t.Errorf("after the body was gone: %d %s", o.status, o.code)
	}
}

// occupy keeps one request inside the door, waiting for its body, until release is called.
func occupy(t *testing.T, h *house, k *kind) (release func()) {
	t.Helper()
	return occupyWith(t, h, k, 0)
}

// occupyWith is occupy with so much of the body read.
func occupyWith(t *testing.T, h *house, k *kind, n int) (release func()) {
	t.Helper()
	body, feed := io.Pipe()
	r := h.signedBy(t, k.request(ask{}), k.signer())
	r.Body = body
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}()
	for _, part := range []string{strings.Repeat("x", n), "x"} { // written when it is read, and the part before it is counted
		if _, err := io.WriteString(feed, part); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		feed.Close()
		<-done
	}
}

// TestBombsAreBounded: what a small body expands to counts as what is held.
func TestBombsAreBounded(t *testing.T) {
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	all := kinds()
	h := newHouse(t, gateway.Limits{Bodies: 1 << 20}, servicesOf(all)...)
	body := bomb.String()
	for _, k := range all {
		switch k.name {
		case "queried", "ec2":
			continue
		}
		o := h.do(h.signedBy(t, k.request(ask{body: &body, header: http.Header{"Content-Encoding": {"gzip"}}}), k.signer()))
		expectThrottled(t, k, "a bomb", o)
	}
}

func TestSourcesOfIPv6AreNetworks(t *testing.T) {
	h := newHouse(t, gateway.Limits{PerSource: 1})
	k := kinds()[0]
	codes := map[int]int{}
	for i := range 6 {
		r := k.request(ask{})
		r.RemoteAddr = fmt.Sprintf("[2001:db8::%x]:1", i+1)
		codes[h.do(r).status]++
	}
	if codes[400] < 4 {
		t.Errorf("six addresses of one /64: %v", codes)
	}
}

// TestStoreFaults: while the store cannot, the door says so at once in the protocol's words; when it can again, it serves again.
func TestStoreFaults(t *testing.T) {
	all := kinds()
	for _, fault := range []error{store.ErrFull, store.ErrUnavailable, store.ErrClosed, fmt.Errorf("commit: %w", store.ErrConflict), context.DeadlineExceeded, eventlog.ErrBacklog} {
		t.Run(fault.Error(), func(t *testing.T) {
			h := newHouse(t, gateway.Limits{Unproven: 1}, servicesOf(all)...)
			for _, operation := range []string{"Cook", "Taste"} {
				for _, k := range all {
					h.db.breakDown(fault)
					for range 20 { // more than the guesses that a source has
						o := h.do(h.signedBy(t, k.request(ask{operation: operation}), k.signer()))
						if o.status != http.StatusServiceUnavailable || o.code != "ServiceUnavailable" {
							t.Fatalf("%s %s: %d %s: %s", k.name, operation, o.status, o.code, o.w.Body)
						}
						if inside.Match(o.w.Body.Bytes()) {
							t.Errorf("the answer shows the inside: %s", o.w.Body)
						}
					}
					h.db.breakDown(nil)
					if o := h.do(h.signedBy(t, k.request(ask{operation: operation}), k.signer())); o.status != 200 || o.events != 1 {
						t.Errorf("%s %s, after the fault: %d %s, recorded %d", k.name, operation, o.status, o.code, o.events)
					}
				}
			}
		})
	}
}

func TestUnknownFaultsStayInside(t *testing.T) {
	all := kinds()
	h := newHouse(t, gateway.Limits{}, servicesOf(all)...)
	for _, k := range all {
		if o := h.do(h.signedBy(t, k.request(ask{}), k.signer())); o.status != 200 {
			t.Fatalf("%s: %d %s", k.name, o.status, o.w.Body)
		}
		h.db.breakDown(errors.New("sqlite: the secret of /var/lib/x.go:7"))
		o := h.do(h.signedBy(t, k.request(ask{}), k.signer()))
		h.db.breakDown(nil)
		if o.status != 500 || o.code != "InternalFailure" || strings.Contains(o.w.Body.String(), "secret") {
			t.Errorf("%s: %d %s: %s", k.name, o.status, o.code, o.w.Body)
		}
	}
}

// TestAClientThatLeaves is neither a fault of the server nor served.
func TestAClientThatLeaves(t *testing.T) {
	h := newHouse(t, gateway.Limits{}, servicesOf(kinds())...)
	k := kinds()[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := h.do(h.signedBy(t, k.request(ask{}), k.signer()).WithContext(ctx))
	if o.status >= 500 || o.changes != 0 {
		t.Errorf("%d %s, stored %d", o.status, o.code, o.changes)
	}
}

// TestOneSourceLeavesRoom: whoever holds many requests open from one address does not keep all others out.
func TestOneSourceLeavesRoom(t *testing.T) {
	h := newHouse(t, gateway.Limits{InFlight: 8})
	ask := func(from string, body io.Reader) string {
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = from + ":1"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	slow, end := io.Pipe()
	var held sync.WaitGroup
	settled := make(chan bool, 16) // true for a request that is being read, false for one that was refused
	for range 8 {
		held.Go(func() {
			reading := false
			body := io.MultiReader(onRead(func() { reading = true; settled <- true }), slow)
			if ask("192.0.2.1", body); !reading {
				settled <- false
			}
		})
	}
	open := 0
	for range 8 {
		if <-settled {
			open++
		}
	}
	if answer := ask("192.0.2.2", strings.NewReader("Action=GetNote")); open != 6 || strings.Contains(answer, "Throttling") {
		t.Errorf("%d requests of one address are open; another's is answered %s", open, answer)
	}
	end.Close()
	held.Wait()
}

// onRead is an empty reader that tells when it is read.
type onRead func()

func (f onRead) Read([]byte) (int, error) { f(); return 0, io.EOF }
