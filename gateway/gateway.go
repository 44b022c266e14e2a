package gateway

import (
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
	Limits      Limits
	Metrics     *Metrics // may be nil
}

// Gateway is an http.Handler for all services.
type Gateway struct {
	Config
	services *directory
	keys     *sigv4.KeyCache
	limit    *limiter
	regions  map[string]bool
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
	g := &Gateway{Config: cfg, services: dir, keys: sigv4.NewKeyCache(), limit: newLimiter(cfg.Limits), regions: map[string]bool{}}
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
	signed   *sigv4.Signed
	unsigned *sigv4.Problem  // why signed is nil
	caller   *service.Caller // nil until authenticate proved one
	region   string
	in       any
	out      any

	failing *performance // begun; what it knows goes into the record of a failure
}

// ServeHTTP takes one request through all steps.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Gateway: g, w: w, r: r, id: newID(g.Rand), start: g.Clock()}
	err := x.run()
	if err != nil {
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
			err = errInternal.New("The request processing has failed because of an unknown error, exception or failure.").Because(panicked(p))
		}
	}()
	release, err := x.limit.enter(x)
	if err != nil {
		return err
	}
	defer release()
	for _, step := range [...]func(*exchange) error{(*exchange).route, (*exchange).authenticate, (*exchange).decode, (*exchange).handle} {
		if err := step(x); err != nil {
			return err
		}
	}
	return nil
}

// asModelled turns any error into one that has a code and a status. What is not modelled is an internal failure whose cause the
// client does not see.
func asModelled(err error) *wire.Error {
	var e *wire.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, access.ErrStale), errors.Is(err, store.ErrClosed):
		return errUnavailable.New("The service is unavailable. Please try again shortly.").Because(err)
	case errors.Is(err, store.ErrFull):
		return errUnavailable.New("The storage of this server is full. Nothing was changed.").Because(err)
	case errors.Is(err, store.ErrConflict):
		return errUnavailable.New("The request conflicts with others in progress. Please try again.").Because(err)
	}
	return errInternal.New("The request processing has failed because of an unknown error, exception or failure.").Because(err)
}
