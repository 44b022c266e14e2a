package gateway

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what passes the door.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	denied   *prometheus.CounterVec
	limited  *prometheus.CounterVec
	unproven prometheus.Counter
}

// NewMetrics makes the door's metrics and registers them with r, if r is not nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vauban_requests_total", Help: "API requests by service, operation and error code (empty: success)."}, []string{"service", "operation", "code"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "vauban_request_seconds", Help: "Time from the request's header to its answer.", Buckets: prometheus.ExponentialBuckets(0.0002, 2.5, 12)}, []string{"service"}),
		denied:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vauban_denied_total", Help: "Calls refused by policy, by service."}, []string{"service"}),
		limited:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vauban_throttled_total", Help: "Requests refused by a rate limit."}, []string{"limit"}),
		unproven: prometheus.NewCounter(prometheus.CounterOpts{Name: "vauban_unproven_total", Help: "Requests whose caller could not be proved."}),
	}
	if r != nil {
		r.MustRegister(m.requests, m.seconds, m.denied, m.limited, m.unproven)
	}
	return m
}

func (m *Metrics) throttled(limit string) { m.limited.WithLabelValues(limit).Inc() }

// observe counts the exchange. Only operations of the table become labels: a client cannot make new ones.
func (x *exchange) observe(code string) {
	operation := ""
	if x.target.op != nil {
		operation = x.target.op.Name
	}
	x.Metrics.requests.WithLabelValues(x.target.serviceName(), operation, code).Inc()
	end := x.Clock()
	x.Metrics.seconds.WithLabelValues(x.target.serviceName()).Observe(end.Sub(x.start).Seconds())
	x.tell(end)
}
