package cloudwatch

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
)

// BenchmarkThousandAlarms is the evaluation of a thousand alarms, each on a metric of its own, as it is done each minute.
func BenchmarkThousandAlarms(b *testing.B) {
	r := newReplica(b)
	for i := range 1000 {
		in := sum(fmt.Sprint("alarm", i), fmt.Sprint("m", i), 100)
		in.EvaluationPeriods = new(int64(3))
		must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
		for k := range 5 {
			r.putAt(r.time().Add(-time.Duration(k)*time.Minute), fmt.Sprint("m", i), 1, 2, 3)
		}
	}
	r.turn()
	b.ReportAllocs()
	before := processor(b)
	for b.Loop() {
		r.mu.Lock()
		r.now = r.now.Add(time.Minute)
		r.mu.Unlock()
		if err := r.evaluateDue(r.work()); err != nil {
			b.Fatal(err)
		}
		r.mu.Lock()
		r.now = r.now.Add(-time.Minute)
		r.mu.Unlock()
		clear(r.rounds.last)
	}
	b.ReportMetric(float64((processor(b)-before).Milliseconds())/float64(b.N), "CPU-ms/minute")
}

// processor is the processor time that the process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPut is a call with so many metrics, on a store in memory.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{1, 20, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := newReplica(b)
			in := &api.PutMetricDataInput{Namespace: new("N")}
			for i := range n {
				in.MetricData = append(in.MetricData, api.MetricDatum{MetricName: new(fmt.Sprint("m", i)), Value: new(float64(i))})
			}
			b.ReportAllocs()
			for b.Loop() {
				must[api.PutMetricDataOutput](r, "PutMetricData", in)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
		})
	}
}
