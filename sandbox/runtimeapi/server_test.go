package runtimeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"vauban/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ask is one request of the code.
func ask(s *Server, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, version+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// next asks for an invocation, from another goroutine.
func next(s *Server) <-chan *httptest.ResponseRecorder {
	out := make(chan *httptest.ResponseRecorder, 1)
	go func() { out <- ask(s, "GET", "invocation/next", "") }()
	return out
}

// given is what Invoke comes to.
type given struct {
	answer *Answer
	err    error
}

func invoke(ctx context.Context, s *Server, i *sandbox.Invocation) <-chan given {
	out := make(chan given, 1)
	go func() {
		a, err := s.Invoke(ctx, i)
		out <- given{a, err}
	}()
	return out
}

func TestInvocation(t *testing.T) {
	s := New()
	deadline := time.UnixMilli(1542409706888)
	for n := range 3 {
		id := fmt.Sprint("request-", n)
		asked := next(s)
		got := invoke(t.Context(), s, &sandbox.Invocation{
			RequestID: id, FunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:f", Payload: []byte(`{"a":1}`), Deadline: deadline, TraceID: "Root=1", ClientContext: `{"x":1}`,
		})
		w := <-asked
		h := w.Result().Header
		if w.Code != 200 || w.Body.String() != `{"a":1}` || h.Get("Lambda-Runtime-Aws-Request-Id") != id || h.Get("Lambda-Runtime-Deadline-Ms") != "1542409706888" ||
			h.Get("Lambda-Runtime-Invoked-Function-Arn") != "arn:aws:lambda:us-east-1:123456789012:function:f" || h.Get("Lambda-Runtime-Trace-Id") != "Root=1" || h.Get("Lambda-Runtime-Client-Context") != `{"x":1}` {
			t.Fatalf("%d %v %s", w.Code, h, w.Body)
		}
		if w := ask(s, "POST", "invocation/"+id+"/response", `{"b":2}`); w.Code != 202 || w.Body.String() != `{"status":"OK"}` {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if g := <-got; g.err != nil || string(g.answer.Payload) != `{"b":2}` || g.answer.Error != nil {
			t.Fatalf("%+v", g)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, body, header, kind, payload string }{
		{"told in the body", `{"errorType":"KeyError","errorMessage":"x"}`, "", "KeyError", `{"errorType":"KeyError","errorMessage":"x"}`},
		{"told in the header", `{"errorMessage":"x"}`, "Runtime.Mine", "Runtime.Mine", `{"errorMessage":"x"}`},
		{"no JSON", `oops`, "Runtime.Mine", "Runtime.Mine", `{"errorType":"Runtime.Mine","errorMessage":"oops"}`},
		{"nothing", ``, "", "Runtime.UnknownReason", `{"errorType":"Runtime.UnknownReason","errorMessage":""}`},
		{"a list", `[1]`, "", "Runtime.UnknownReason", `{"errorType":"Runtime.UnknownReason","errorMessage":"[1]"}`},
		{"control characters", `{"errorType":"a\nb"}`, "", "a_b", `{"errorType":"a\nb"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New()
			asked := next(s)
			got := invoke(t.Context(), s, &sandbox.Invocation{RequestID: "r"})
			<-asked
			if w := ask(s, "POST", "invocation/r/error", c.body, "Lambda-Runtime-Function-Error-Type", c.header); w.Code != 202 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			g := <-got
			if g.err != nil || g.answer.Error == nil || g.answer.Error.Type != c.kind || string(g.answer.Error.Payload) != c.payload {
				t.Fatalf("%+v %+v", g, g.answer.Error)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	s := New()
	asked := next(s)
	got := invoke(t.Context(), s, &sandbox.Invocation{RequestID: "r"})
	<-asked
	w := ask(s, "POST", "invocation/r/response", strings.Repeat("x", MaxPayload+1))
	if w.Code != 413 || !strings.Contains(w.Body.String(), "RequestEntityTooLarge") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if g := <-got; g.err != nil || g.answer.Error == nil || g.answer.Error.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("%+v", g)
	}
	asked = next(s) // it goes on
	got = invoke(t.Context(), s, &sandbox.Invocation{RequestID: "r2"})
	<-asked
	if w := ask(s, "POST", "invocation/r2/response", strings.Repeat("x", MaxPayload)); w.Code != 202 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if g := <-got; g.err != nil || len(g.answer.Payload) != MaxPayload {
		t.Errorf("%v", g.err)
	}
}

func TestInitError(t *testing.T) {
	s := New()
	if w := ask(s, "POST", "init/error", `{"errorType":"Runtime.ImportModuleError","errorMessage":"no"}`); w.Code != 202 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	failed := new(sandbox.InitError)
	if err := s.Ready(t.Context()); !errors.As(err, &failed) || failed.Type != "Runtime.ImportModuleError" {
		t.Fatal(err)
	}
	if w := ask(s, "GET", "invocation/next", ""); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, err := s.Invoke(t.Context(), &sandbox.Invocation{RequestID: "r"}); err == nil {
		t.Error("code that failed takes an invocation")
	}
}

// TestLostRequest: a request for the next invocation that went away takes none with it.
func TestLostRequest(t *testing.T) {
	s := New()
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan bool)
	go func() {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", version+"invocation/next", nil))
		close(gone)
	}()
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-gone
	got := invoke(t.Context(), s, &sandbox.Invocation{RequestID: "r", Payload: []byte(`1`)})
	if w := <-next(s); w.Body.String() != `1` {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	ask(s, "POST", "invocation/r/response", `2`)
	if g := <-got; g.err != nil || string(g.answer.Payload) != `2` {
		t.Errorf("%+v", g)
	}
}

func TestDeadline(t *testing.T) {
	s := New()
	why := errors.New("the deadline")
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := next(s)
	got := invoke(ctx, s, &sandbox.Invocation{RequestID: "r"})
	<-asked
	cancel(why)
	if g := <-got; !errors.Is(g.err, why) {
		t.Errorf("%+v", g)
	}
	if w := ask(s, "POST", "invocation/r/response", `late`); w.Code != 202 { // nobody waits, nobody is stuck
		t.Errorf("%d", w.Code)
	}
}

// TestAnyOrder: whatever the code asks in whatever order, it gets an answer, in JSON; an invocation gets one answer at most, and the order stays right.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		answers := 0
		var got <-chan given
		id := 0
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			s.mu.Lock()
			state := s.state
			s.mu.Unlock()
			switch rapid.SampledFrom([]string{"next", "invoke", "response", "error", "init", "elsewhere"}).Draw(t, "step") {
			case "next":
				if state == waiting || state == working || state == failed {
					if w := ask(s, "GET", "invocation/next", ""); w.Code != 403 || !json.Valid(w.Body.Bytes()) {
						t.Fatalf("next in state %d: %d %s", state, w.Code, w.Body)
					}
					continue
				}
				go s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", version+"invocation/next", nil))
				if err := s.Ready(ctx); err != nil {
					t.Fatal(err)
				}
			case "invoke":
				if state == waiting {
					id++
					got = invoke(ctx, s, &sandbox.Invocation{RequestID: fmt.Sprint(id)})
					for {
						s.mu.Lock()
						changed, current := s.changed, s.current
						s.mu.Unlock()
						if current == fmt.Sprint(id) {
							break
						}
						<-changed
					}
				}
			case "response", "error":
				named := rapid.SampledFrom([]string{fmt.Sprint(id), "another"}).Draw(t, "id")
				w := ask(s, "POST", "invocation/"+named+"/"+rapid.SampledFrom([]string{"response", "error"}).Draw(t, "what"), `{}`)
				if right := state == working && named == fmt.Sprint(id); right != (w.Code == 202) {
					t.Fatalf("answer for %s in state %d: %d %s", named, state, w.Code, w.Body)
				} else if right {
					answers++
					if g := <-got; g.err != nil {
						t.Fatal(g.err)
					}
				}
			case "init":
				if w := ask(s, "POST", "init/error", `{}`); (w.Code == 202) != (state == starting) {
					t.Fatalf("init/error in state %d: %d", state, w.Code)
				}
			case "elsewhere":
				if w := ask(s, "PUT", "elsewhere", ``); w.Code != 404 || !json.Valid(w.Body.Bytes()) {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		}
		if answers > id {
			t.Fatalf("%d answers of %d invocations", answers, id)
		}
	})
}

// TestConnections: connections beyond the bound are closed, and a closed one makes room.
func TestConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := New().Serve(l)
	defer stop()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	answered := func(c net.Conn) bool {
		fmt.Fprint(c, "GET /2018-06-01/runtime/elsewhere HTTP/1.1\r\nHost: x\r\n\r\n")
		n, err := c.Read(make([]byte, 1024))
		return err == nil && n > 0
	}
	var held []net.Conn
	for range connections {
		c := dial()
		if !answered(c) {
			t.Fatal("a connection within the bound is refused")
		}
		held = append(held, c)
	}
	over := dial()
	if answered(over) {
		t.Error("a connection beyond the bound is served")
	}
	over.Close()
	held[0].Close()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		c := dial()
		ok := answered(c)
		c.Close()
		if ok {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a closed connection makes no room")
		}
	}
	for _, c := range held[1:] {
		c.Close()
	}
}

// FuzzRequest: no request of the code makes the server panic, and each answer is JSON.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "invocation/next", "")
	f.Add("POST", "invocation/r/response", "{}")
	f.Add("POST", "invocation/r/error", `{"errorType":1}`)
	f.Add("POST", "init/error", "\xff")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		s := New()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // who asks for the next invocation goes away at once
		r, err := http.NewRequestWithContext(ctx, method, "http://127.0.0.1:9001"+version+strings.TrimLeft(path, "/"), strings.NewReader(body))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if b, err := io.ReadAll(w.Body); err != nil || w.Code != 200 && w.Code/100 != 3 && !json.Valid(b) {
			t.Fatalf("%d %q", w.Code, b)
		}
	})
}
