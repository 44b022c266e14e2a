package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"vauban/access"
	"vauban/api/wire"
	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/service"
	"vauban/store"
)

// Config is what a gateway stands on. Zero limits mean the defaults of [Limits].
type Config struct {
	Store  store.DB
	Log    *eventlog.Log
	Access *access.Picture
	Sealer access.Sealer
	Clock  func() time.Time
	Rand   io.Reader
	Logger *slog.Logger

	Partition string // "aws"
	// AccountOf answers whose account unsigned calls act in; signed calls act in their caller's.
	HomeAccount string
	Regions     []string // enabled regions; a scope with another is refused
	Hosts       []string // names of the server: a further label before them names a bucket
	Limits      Limits
	Metrics     *Metrics // may be nil

	// Ending is closed when the server ends: answers that would last on are ended. Nil: never.
	Ending <-chan struct{}
}

// Gateway is an http.Handler for all services.
type Gateway struct {
	Config
	services *directory
	keys     *sigv4.KeyCache
	limit    *limiter
	regions  map[string]bool
	ciphers  map[uint16]string
}

// New returns a gateway for the services. It fails when two rows claim one operation or a row lacks its resource rule.
func New(cfg Config, services ...service.Service) (*Gateway, error) {
	if cfg.Partition == "" {
		cfg.Partition = "aws"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	dir, err := newDirectory(services)
	if err != nil {
		return nil, fmt.Errorf("build the operation directory: %w", err)
	}
	g := &Gateway{Config: cfg, services: dir, keys: sigv4.NewKeyCache(), limit: newLimiter(cfg.Limits), regions: map[string]bool{}, ciphers: cipherNames()}
	for _, r := range cfg.Regions {
		g.regions[r] = true
	}
	return g, nil
}

// exchange is one request on its way through the door.
type exchange struct {
	*Gateway
	w http.ResponseWriter
	r *http.Request

	id    string // request ID
	start time.Time

	target   target // what route found
	body     []byte
	bodyErr  error               // why there is no body
	source   string              // of the request, for limits
	bucket   string              // in the host's name, "" when none
	payload  *payload            // the body of an operation whose input streams
	form     *formUpload         // nil when the request is no form with a file
	web      *service.WebRequest // nil unless the request is at an address that a service gave out
	held     int64               // bytes of body in memory, counted in the limiter
	signed   *sigv4.Signed
	unsigned *sigv4.Problem  // why signed is nil
	caller   *service.Caller // nil until authenticate proved one
	region   string
	in       any
	out      any
	made     *wire.Response // an answer that no operation gave
	progress progress

	failing *performance // begun; what it knows goes into the record of a failure
	refused bool         // the signature, or its absence, is at fault: it counts against the source
	sent    bool         // the answer has begun
}

// ServeHTTP takes one request through all steps.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Gateway: g, w: w, r: r, id: newID(g.Rand), start: g.Clock()}
	defer x.lastResort()
	err := x.run()
	if err != nil {
		x.blame(err)
		err = x.recordFailure(err)
	}
	x.answer(err)
}

// run returns the error that the client gets. A panic of any step becomes one: no request can end the process.
func (x *exchange) run() (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = internal(panicked(p))
		}
	}()
	release, err := x.limit.enter(x)
	if err != nil {
		return err
	}
	defer release()
	if answered, err := x.site(); answered {
		return err
	}
	if answered, err := x.preflight(); answered {
		return err
	}
	if answered, err := x.file(); answered {
		return err
	}
	misrouted := x.route()
	if misrouted != nil && x.signed == nil {
		return misrouted
	}
	if err := x.authenticate(); err != nil {
		return err
	}
	if misrouted != nil { // a caller who can be named asked for what does not exist: that is recorded
		return misrouted
	}
	for _, step := range [...]func(*exchange) error{(*exchange).offered, (*exchange).decode, (*exchange).handle} {
		if err := step(x); err != nil {
			return err
		}
	}
	return nil
}

// lastResort answers for a panic outside of the steps, in recording or encoding: the connection must not break off without an answer.
func (x *exchange) lastResort() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	x.Logger.Error("request failed", "request", x.id, "service", x.target.serviceName(), "operation", x.target.name, "error", panicked(p))
	if x.sent {
		panic(http.ErrAbortHandler) // what was sent is cut short: the client must not take it for whole
	}
	x.send(wire.EncodeError(x.target.answerIn(), &wire.Service{}, internal(nil), x.id, false))
}

// asModelled turns any error into one that has a code and a status. What is not modelled is an internal failure whose cause the
// client does not see.
func asModelled(err error) *wire.Error {
	var e *wire.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return errRequestTimeout.New("The client closed the connection before it was answered.").Because(err)
	case errors.Is(err, access.ErrStale), errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return errUnavailable.New("The service is unavailable. Please try again shortly.").Because(err)
	case errors.Is(err, store.ErrFull):
		return errUnavailable.New("The storage of this server is full. Nothing was changed.").Because(err)
	case errors.Is(err, eventlog.ErrBacklog):
		return errUnavailable.New("The archive of records takes no more: no call that must be recorded is served.").Because(err)
	case errors.Is(err, store.ErrConflict):
		return errUnavailable.New("The request conflicts with others in progress. Please try again.").Because(err)
	}
	return internal(err)
}

func internal(cause error) *wire.Error {
	return errInternal.New("The request processing has failed because of an unknown error, exception or failure.").Because(cause)
}
