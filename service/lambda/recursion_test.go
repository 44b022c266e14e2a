package lambda

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/lambda"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/lineage"
	"vauban/seal"
	"vauban/service"
	"vauban/store/sqlite"
)

// someRoot is of a chain that has begun some seconds ago.
const someRoot = "1-695735a0-bd862e3fe1be46a994272793"

func looping(t *testing.T) (*Service, *subject) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := seal.Open(t.Context(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Deps: service.Deps{Seal: ring, Rand: rand.Reader, Clock: func() time.Time { return now }, Meter: &service.Meter{}}}
	f := &Function{Account: "111122223333", Region: "us-east-1", Name: "f", Latest: Config{Version: latest}}
	return s, &subject{function: f, config: &f.Latest}
}

// TestLoopsEnd: a function runs sixteen times in one chain, and more where that is allowed; other functions of the chain are not stopped for it.
func TestLoopsEnd(t *testing.T) {
	s, x := looping(t)
	e := &event{id: "r"}
	for i := range maxRuns {
		if err := s.extend(x, e); err != nil {
			t.Fatalf("run %d: %v", i+1, err)
		}
	}
	if !strings.HasPrefix(e.trace, "Root=1-695735a5-") || !strings.Contains(e.trace, ";Sampled=0;Lineage=") || !strings.Contains(e.trace, ";Proof=") {
		t.Errorf("the trace is %q", e.trace)
	}
	before := e.trace
	if err := s.extend(x, e); !is(err, api.RecursiveInvocationException) || e.trace != before {
		t.Errorf("run %d: %v", maxRuns+1, err)
	}
	if got, _ := s.Meter.Take(); len(got) != 1 || got[0].Name != "RecursiveInvocationsDropped" || got[0].Value != 1 {
		t.Errorf("measured %+v", got)
	}
	if lines := s.logs.take(s.Clock()); len(lines) != 1 || !strings.Contains(lines[0].text, "--function-name f --recursive-loop Allow") {
		t.Errorf("logged %+v", lines)
	}
	if err := s.extend(x, &event{id: "r", trace: before}); !is(err, api.RecursiveInvocationException) {
		t.Errorf("again: %v", err)
	}
	if lines := s.logs.take(s.Clock()); len(lines) != 0 {
		t.Errorf("logged again within a minute: %+v", lines)
	}
	other := &Function{Account: "111122223333", Region: "us-east-1", Name: "g"}
	if err := s.extend(&subject{function: other, config: &other.Latest}, &event{trace: before}); err != nil {
		t.Errorf("another function of the chain: %v", err)
	}
	x.function.Recursive = true
	if err := s.extend(x, e); err != nil || lineage.Parse(e.trace, s.Seal, s.Clock()).Count(x.function.Account, x.function.arn()) != maxRuns+1 {
		t.Errorf("allowed: %v, %s", err, e.trace)
	}
}

// TestLoopsOfTheAccount: nobody stops the account's other functions with a header full of his own, nor for ever those that it names.
func TestLoopsOfTheAccount(t *testing.T) {
	s, x := looping(t)
	h := &lineage.Header{Root: someRoot}
	for i := range lineage.Most {
		for range maxRuns {
			h.Visit(x.function.Account, fmt.Sprint(i))
		}
	}
	text, err := h.Write(s.Seal)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.extend(x, &event{id: "r", trace: text}); err != nil {
		t.Errorf("a function that the header does not name: %v", err)
	}
	e := &event{id: "r"}
	for range maxRuns {
		if err := s.extend(x, e); err != nil {
			t.Fatal(err)
		}
	}
	later := s.Clock().Add(25 * time.Hour)
	s.Clock = func() time.Time { return later }
	if err := s.extend(x, e); err != nil || strings.HasPrefix(e.trace, "Root=1-695735a5-") {
		t.Errorf("a chain of the day before: %v, %q", err, e.trace)
	}
}

// TestLoopsInBatches: messages of loops stay in the queue, and with them what is behind them in their group; the others run, and count on.
func TestLoopsInBatches(t *testing.T) {
	s, x := looping(t)
	header := func(function string, runs int) string {
		h := &lineage.Header{Root: someRoot}
		for range runs {
			h.Visit(x.function.Account, function)
		}
		text, err := h.Write(s.Seal)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	looped := header(x.function.arn(), maxRuns)
	message := func(id, group, trace string) sqs.Message {
		return sqs.Message{MessageId: &id, Attributes: map[string]string{"MessageGroupId": group, "AWSTraceHeader": trace}}
	}
	batch := []sqs.Message{message("1", "a", ""), message("2", "b", looped), message("3", "b", ""), message("4", "a", header("g", 3))}
	for source, want := range map[string]string{"arn:aws:sqs:us-east-1:111122223333:q": "[1 3 4]", "arn:aws:sqs:us-east-1:111122223333:q.fifo": "[1 4]"} {
		const told = "PROBLEM: RecursiveInvocationException: a message belongs to a recursive loop, and was left in the queue."
		p := &poller{Service: s, m: &Mapping{Source: source, Result: told}}
		var ids []string
		rest := p.withoutLoops(x, batch)
		for _, m := range rest {
			ids = append(ids, wire.Text(m.MessageId))
		}
		if got := fmt.Sprint(ids); got != want {
			t.Errorf("%s: %s run, want %s", source, got, want)
		}
		trace, err := p.traceOf(rest)
		if got := lineage.Parse(trace, s.Seal, s.Clock()).Count(x.function.Account, "g"); got != 3 || err != nil {
			t.Errorf("%s: the trace is %q, %v", source, trace, err)
		}
	}
}

// forged is a full header that nobody but a client has written.
func forged() string {
	var counts []string
	for i := range lineage.Most {
		counts = append(counts, fmt.Sprintf("%016x:%d", i, maxRuns))
	}
	return "Root=" + someRoot + ";Lineage=" + strings.Join(counts, "|")
}

// TestForgedLoops: a header that a client makes up keeps no function from what it was sent, alone or in a batch.
func TestForgedLoops(t *testing.T) {
	s, x := looping(t)
	e := &event{id: "r", trace: forged()}
	if err := s.extend(x, e); err != nil {
		t.Fatal(err)
	}
	h := lineage.Parse(e.trace, s.Seal, s.Clock())
	if h.Root != someRoot || h.Count(x.function.Account, x.function.arn()) != 1 || h.Count(x.function.Account, "g") != 0 {
		t.Errorf("the trace is %q", e.trace)
	}
	p := &poller{Service: s, m: &Mapping{Source: "arn:aws:sqs:us-east-1:111122223333:q"}}
	batch := []sqs.Message{{MessageId: new("1"), Attributes: map[string]string{"AWSTraceHeader": forged()}}, {MessageId: new("2")}}
	if rest := p.withoutLoops(x, batch); len(rest) != 2 {
		t.Errorf("%d of 2 messages run", len(rest))
	}
}

// TestLoopsOfOthers: messages that pass one by one run together, however many functions they have seen between them.
func TestLoopsOfOthers(t *testing.T) {
	s, x := looping(t)
	p := &poller{Service: s, m: &Mapping{Source: "arn:aws:sqs:us-east-1:111122223333:q"}}
	var batch []sqs.Message
	for i := range lineage.Most {
		h := &lineage.Header{Root: someRoot}
		for range maxRuns {
			h.Visit(x.function.Account, fmt.Sprint(i))
		}
		text, err := h.Write(s.Seal)
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, sqs.Message{MessageId: new(fmt.Sprint(i)), Attributes: map[string]string{"AWSTraceHeader": text}})
	}
	rest := p.withoutLoops(x, batch)
	trace, err := p.traceOf(rest)
	if err != nil || len(rest) != lineage.Most {
		t.Fatalf("%d messages, %v", len(rest), err)
	}
	if err := s.extend(x, p.event("r", nil, trace)); err != nil {
		t.Error(err)
	}
}
