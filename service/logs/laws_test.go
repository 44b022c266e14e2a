package logs

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	api "vauban/api/logs"
	"vauban/service"
	"vauban/store"
)

// remembered is an event that was put, as the test remembers it.
type remembered struct {
	time    int64
	stream  string
	message string
}

// TestReadersLaw: whatever is put in whatever order, readers find all of it, each event once, in the order of time, in pages of any size, forward and backward,
// before and after chunks were joined.
func TestReadersLaw(t *testing.T) {
	r := newReplica(t)
	joined := 0
	for round := range 8 {
		rnd := rand.New(rand.NewPCG(1, uint64(round)))
		group := fmt.Sprint("g", round)
		r.group(t, group, "a", "b")
		var all []remembered
		for range 30 + rnd.IntN(170) {
			stream := []string{"a", "b"}[rnd.IntN(2)]
			at := r.clock.Now().Add(-time.Duration(rnd.IntN(100)) * time.Hour).UnixMilli()
			var batch []api.InputLogEvent
			for range 1 + rnd.IntN(4) {
				at += int64(rnd.IntN(3)) * int64(1+rnd.IntN(1000))
				m := fmt.Sprint(len(all), strings.Repeat("x", rnd.IntN(3)*rnd.IntN(3000)))
				batch = append(batch, event(at, m))
				all = append(all, remembered{at, stream, m})
			}
			r.put(t, group, stream, batch)
		}
		r.read(t, group, rnd, all)
		before := chunksIn(t, r)
		r.clock.pass(2 * time.Minute)
		r.turn(t, "logs.join")
		joined += before - chunksIn(t, r)
		r.read(t, group, rnd, all)
		call[api.DeleteLogGroupOutput](t, r, "DeleteLogGroup", &api.DeleteLogGroupInput{LogGroupName: &group})
		r.turn(t, "logs.sweep")
		if n := chunksIn(t, r); n != 0 {
			t.Fatalf("%d chunks are left of a deleted group", n)
		}
	}
	if joined < joinAt {
		t.Errorf("only %d chunks went when they were joined", joined)
	}
}

func chunksIn(t *testing.T, r *replica) (n int) {
	t.Helper()
	err := r.Store.Read(t.Context(), func(tx store.Tx) (err error) {
		n, err = chunks.Count(tx, nil, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// read compares what readers find with what was put.
func (r *replica) read(t *testing.T, group string, rnd *rand.Rand, all []remembered) {
	t.Helper()
	now := r.clock.Now()
	from, to := now.Add(-time.Duration(rnd.IntN(110))*time.Hour).UnixMilli(), now.Add(-time.Duration(rnd.IntN(20))*time.Hour).UnixMilli()
	limit := int64(1 + rnd.IntN(50))
	in := func(stream string) (out []remembered) {
		for _, e := range all {
			if (stream == "" || e.stream == stream) && e.time >= from && e.time < to {
				out = append(out, e)
			}
		}
		return out
	}
	check := func(what string, got, want []remembered) {
		t.Helper()
		if !slices.IsSortedFunc(got, func(a, b remembered) int { return cmp.Compare(a.time, b.time) }) {
			t.Errorf("%s: not in the order of time", what)
		}
		order := func(a, b remembered) int {
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.message, b.message))
		}
		got = slices.SortedFunc(slices.Values(got), order)
		if want = slices.SortedFunc(slices.Values(want), order); !slices.Equal(got, want) {
			t.Fatalf("%s: %d events, want %d", what, len(got), len(want))
		}
	}
	var got []remembered
	filter := &api.FilterLogEventsInput{LogGroupName: &group, StartTime: &from, EndTime: &to, Limit: &limit}
	for {
		out := call[api.FilterLogEventsOutput](t, r, "FilterLogEvents", filter)
		for _, e := range out.Events {
			got = append(got, remembered{*e.Timestamp, *e.LogStreamName, *e.Message})
		}
		if filter.NextToken = out.NextToken; out.NextToken == nil {
			break
		}
	}
	check("FilterLogEvents", got, in(""))
	for _, forward := range []bool{true, false} {
		got = nil
		get := &api.GetLogEventsInput{LogGroupName: &group, LogStreamName: new("a"), StartTime: &from, EndTime: &to, Limit: &limit, StartFromHead: &forward}
		for {
			out := call[api.GetLogEventsOutput](t, r, "GetLogEvents", get)
			var page []remembered
			for _, e := range out.Events {
				page = append(page, remembered{*e.Timestamp, "a", *e.Message})
			}
			next := out.NextForwardToken
			if forward {
				got = append(got, page...)
			} else {
				got, next = append(page, got...), out.NextBackwardToken
			}
			if get.NextToken != nil && *next == *get.NextToken {
				break
			}
			get.NextToken = next
		}
		check(fmt.Sprintf("GetLogEvents, forward %t", forward), got, in("a"))
	}
}

// TestMetricFilters: values come of what matches, under the customer's name; without a match there is the default.
func TestMetricFilters(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g", "s")
	at := r.clock.Now().UnixMilli()
	for _, f := range []api.PutMetricFilterInput{
		{FilterName: new("latency"), FilterPattern: new("{ $.ms = * }"), MetricTransformations: []api.MetricTransformation{{
			MetricName: new("Latency"), MetricNamespace: new("App"), MetricValue: new("$.ms"), Unit: new("Milliseconds"), Dimensions: map[string]string{"Path": "$.path"},
		}}},
		{FilterName: new("errors"), FilterPattern: new("ERROR"), MetricTransformations: []api.MetricTransformation{{
			MetricName: new("Errors"), MetricNamespace: new("App"), MetricValue: new("1"), DefaultValue: new(0.0),
		}}},
	} {
		f.LogGroupName = new("g")
		call[api.PutMetricFilterOutput](t, r, "PutMetricFilter", &f)
	}
	r.put(t, "g", "s", []api.InputLogEvent{event(at, `{"ms": 12.5, "path": "/a"}`), event(at+1, `{"ms": "none"}`), event(at+2, `{"ms": 3}`)})
	r.put(t, "g", "s", []api.InputLogEvent{event(at, "ERROR"), event(at, "ERROR")})
	var got []string
	all, dropped := r.Meter.Take()
	for _, m := range all {
		if m.Namespace == "App" {
			got = append(got, fmt.Sprint(m.Name, " ", m.Value, " ", m.Unit, " ", m.Dimensions))
		}
	}
	want := []string{"Errors 0 None []", "Latency 12.5 Milliseconds [{Path /a}]", "Latency 3 Milliseconds []", "Errors 1 None []", "Errors 1 None []"}
	if !slices.Equal(got, want) || dropped > 0 {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	incoming := 0.0
	for _, m := range all {
		if m.Namespace == "AWS/Logs" && m.Name == "IncomingLogEvents" && slices.Equal(m.Dimensions, []service.Dimension{{Name: "LogGroupName", Value: "g"}}) {
			incoming += m.Value
		}
	}
	if incoming != 5 {
		t.Errorf("%v events came in, want 5", incoming)
	}
}

// FuzzPlace: a token of a page is the place that it was made of, or none.
func FuzzPlace(f *testing.F) {
	f.Add(placeID(1767323045000, 5, 7))
	f.Add("+0000000000000000001" + strings.Repeat("0", 36))
	f.Fuzz(func(t *testing.T, text string) {
		if p, ok := parsePlace(text); ok && p.id() != text {
			t.Fatalf("%q is %+v", text, p)
		}
	})
}

// FuzzUnpack: damaged chunks are refused, not believed.
func FuzzUnpack(f *testing.F) {
	z := newCodec()
	f.Add(z.pack([]Event{{Time: 5, N: 1, Ingested: 9, Message: "a"}, {Time: 7, N: 2, Ingested: 9, Message: "b"}}, 0, 9, false, false))
	f.Add(z.pack([]Event{{Time: 5, N: 1, Ingested: 9, Message: "a", Made: "{}"}, {Time: 7, N: 2, Ingested: 9, Message: "b", Failed: "x"}}, 0, 9, true, true))
	f.Fuzz(func(t *testing.T, packed []byte) {
		_ = z.unpack(packed, 1, 0, 0, true, true, func(e *Event) bool { return len(e.Message) <= maxUnpacked })
		_ = z.unpack(z.enc.EncodeAll(packed, nil), 1, 0, 0, len(packed)%2 == 0, len(packed)%3 == 0, func(e *Event) bool { return len(e.Message) <= maxUnpacked })
	})
}
