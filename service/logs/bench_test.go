package logs

import (
	"fmt"
	"testing"

	api "vauban/api/logs"
)

// BenchmarkPut is the way of events into the store, without the gateway: 100 events of 200 bytes a call.
func BenchmarkPut(b *testing.B) {
	r := newReplica(b)
	r.group(b, "g", "s")
	batch := make([]api.InputLogEvent, 100)
	for i := range batch {
		batch[i] = event(r.clock.Now().UnixMilli(), line(i))
	}
	b.SetBytes(int64(len(batch) * len(line(0))))
	for b.Loop() {
		r.put(b, "g", "s", batch)
	}
	b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkScan is a search that finds nothing in 20 MB.
func BenchmarkScan(b *testing.B) {
	r := newReplica(b)
	r.group(b, "g", "s")
	batch, size := make([]api.InputLogEvent, 4000), 0
	for i := range batch {
		batch[i] = event(r.clock.Now().UnixMilli(), line(i))
		size += len(*batch[i].Message)
	}
	for range 25 {
		r.put(b, "g", "s", batch)
	}
	in := &api.FilterLogEventsInput{LogGroupName: new("g"), FilterPattern: new("nothing-of-the-kind")}
	in.FilterPattern = new(`"nothing of the kind"`)
	b.SetBytes(int64(25 * size))
	for b.Loop() {
		if out := call[api.FilterLogEventsOutput](b, r, "FilterLogEvents", in); len(out.Events) != 0 || out.NextToken != nil {
			b.Fatal("something was found, or not all was looked at")
		}
	}
}

func line(i int) string {
	return fmt.Sprintf(`{"time":"2026-01-02T03:04:05.%03dZ","level":"INFO","requestId":"7b0b1b2e-%04d-4000-8000-000000000001","path":"/orders/%d","status":200,"ms":%d,"message":"order was taken and is on its way to the shop"}`, i%1000, i%10000, i*7919, i%97)
}
