package logquery

import (
	"strings"
	"testing"
	"unsafe"
)

// TestHeld: what is kept of an event does not hold all that was read with it.
func TestHeld(t *testing.T) {
	chunk := strings.Repeat("0123456789", 100)
	apart := func(what string, v value) {
		t.Helper()
		s, ok := v.(string)
		begin, at := uintptr(unsafe.Pointer(unsafe.StringData(chunk))), uintptr(unsafe.Pointer(unsafe.StringData(s)))
		if !ok || s != chunk[10:20] || at >= begin && at < begin+uintptr(len(chunk)) {
			t.Errorf("%s %v holds its chunk", what, v)
		}
	}
	fresh := func() *row {
		return &row{rec: &Record{Message: chunk[10:20]}, set: map[string]value{"a": chunk[10:20]}}
	}
	message := &field{"@message"}
	out := &sink{columns: []string{"@message"}, limit: 1, mem: &budget{1 << 20}}
	sorting := &sortStage{by: []sorting{{x: message}}, mem: &budget{1 << 20}, to: out}
	stats := &statsStage{statistics: &statistics{by: []column{{message, "m"}}}, mem: &budget{1 << 20}, groups: map[string]*group{}}
	for _, to := range []stage{sorting, stats, out} {
		if err := to.push(fresh()); err != nil {
			t.Fatal(err)
		}
	}
	apart("a sort key", sorting.rows[0].keys[0])
	apart("a message", sorting.rows[0].row.rec.Message)
	apart("a field", sorting.rows[0].row.set["a"])
	apart("a group's field", stats.order[0].by[0])
	apart("a cell", out.rows[0][0].Value)
	spec := &aggSpec{args: []expr{message}}
	for _, a := range []aggregate{&timely{spec: spec, sign: 1}, &chosen{spec: spec, any: true}} {
		a.add(&scope{row: fresh()})
		apart("an aggregate's value", a.result())
	}
	d := &distinct{spec: spec, seen: map[string]struct{}{}}
	d.add(&scope{row: fresh()})
	for s := range d.seen {
		apart("a value that was seen", s)
	}
}
