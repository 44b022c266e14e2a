package gateway

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what the door takes. Zero members mean the defaults, which a healthy client never meets.
type Limits struct {
	InFlight    int           // requests at the same time, of all callers, three quarters of them from one source address; default 4096
	PerCaller   float64       // requests a second of one principal; default 10,000
	PerSource   float64       // requests a second of one source address (IPv6: its /64); default 20,000
	Unproven    float64       // requests a second of one source address that fail authentication; default 20, burst 200
	Body        int64         // bytes of a request body that is not streamed; default 10 MiB
	Bodies      int64         // bytes of such bodies in memory at the same time; default 512 MiB
	BodiesEach  int64         // of them from one source address; default a sixth
	HeaderBytes int           // bytes of the request header; default 64 KiB
	ReadTimeout time.Duration // for the request with its body, a sixth of it for the header; default 60 s
	Connections int           // open at the same time; default 8192, or what the limit of open files leaves
	PerAddress  int           // of them from one source address; default 2048
	Streams     int           // requests at the same time on one HTTP/2 connection; default 128
}

// WithDefaults fills in the defaults.
func (l Limits) WithDefaults() Limits {
	def := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.PerCaller, 10_000)
	def(&l.PerSource, 20_000)
	def(&l.Unproven, 20)
	if l.InFlight == 0 {
		l.InFlight = 4096
	}
	if l.Body == 0 {
		l.Body = 10 << 20
	}
	if l.Bodies == 0 {
		l.Bodies = 512 << 20
	}
	if l.BodiesEach == 0 {
		l.BodiesEach = max(l.Bodies/6, min(l.Body, l.Bodies))
	}
	if l.HeaderBytes == 0 {
		l.HeaderBytes = 64 << 10
	}
	if l.ReadTimeout == 0 {
		l.ReadTimeout = 60 * time.Second
	}
	if l.Connections == 0 {
		l.Connections = 8192
	}
	if l.PerAddress == 0 {
		l.PerAddress = 2048
	}
	if l.Streams == 0 {
		l.Streams = 128
	}
	return l
}

type limiter struct {
	Limits
	inFlight atomic.Int64
	requests bodies // in flight, by source
	bodies   bodies
	callers  buckets
	sources  buckets
	unproven buckets
	visits   buckets // of websites that got nothing: they cost a record, but nobody guesses by them, and whoever shares their source is not to suffer
}

func newLimiter(l Limits) *limiter {
	l = l.WithDefaults()
	return &limiter{
		Limits:   l,
		callers:  buckets{rate: l.PerCaller, burst: int(2 * l.PerCaller)},
		sources:  buckets{rate: l.PerSource, burst: int(2 * l.PerSource)},
		unproven: buckets{rate: l.Unproven, burst: int(10 * l.Unproven)},
		visits:   buckets{rate: 5 * l.Unproven, burst: int(50 * l.Unproven)},
	}
}

// enter admits the request by the limits that need no knowledge of its caller. The source must not have used up its failed
// authentications: whoever guesses is slowed before any signature is computed.
func (l *limiter) enter(x *exchange) (release func(), err error) {
	if l.inFlight.Add(1) > int64(l.InFlight) {
		l.inFlight.Add(-1)
		x.Metrics.throttled("in flight")
		return nil, throttled(x.guess())
	}
	src := sourceKey(x.sourceIP())
	x.source = src
	_, own := l.requests.hold(src, 1)
	release = func() {
		l.inFlight.Add(-1)
		l.requests.release(src, 1)
		l.bodies.release(src, x.held)
	}
	if own > int64(l.InFlight-l.InFlight/4) { // who waits long, such as for messages, leaves room for others
		release()
		x.Metrics.throttled("in flight")
		return nil, throttled(x.guess())
	}
	if !l.sources.allow(src, x.start) || l.unproven.empty(src, x.start) {
		release()
		x.Metrics.throttled("source")
		return nil, throttled(x.guess())
	}
	return release, nil
}

// sourceKey is the address, or the /64 of an IPv6 address: one host commands a whole /64.
func sourceKey(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.Unmap().String()
}

// buckets is a bounded set of token buckets. When it is full it forgets those that have refilled.
type buckets struct {
	rate  float64
	burst int
	mu    sync.Mutex
	m     map[string]*rate.Limiter
}

const maxBuckets = 100_000

func (b *buckets) get(key string, now time.Time) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil {
		b.m = map[string]*rate.Limiter{}
	}
	l := b.m[key]
	if l == nil {
		if len(b.m) >= maxBuckets {
			b.forget(now)
		}
		l = rate.NewLimiter(rate.Limit(b.rate), b.burst)
		b.m[key] = l
	}
	return l
}

func (b *buckets) forget(now time.Time) {
	for k, l := range b.m {
		if l.TokensAt(now) >= float64(b.burst) {
			delete(b.m, k)
		}
	}
	for k := range b.m {
		if len(b.m) < maxBuckets {
			return
		}
		delete(b.m, k)
	}
}

func (b *buckets) allow(key string, now time.Time) bool { return b.get(key, now).AllowN(now, 1) }

func (b *buckets) empty(key string, now time.Time) bool { return b.get(key, now).TokensAt(now) < 1 }
