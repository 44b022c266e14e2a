package runtimeapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"vauban/sandbox"
)

// MaxPayload is the most that an answer has: 6 MB and its envelope ("Lambda quotas").
const MaxPayload = 6<<20 + 100

// version is the path that all operations begin with.
const version = "/2018-06-01/runtime/"

// state is where the code is.
type state int

const (
	starting state = iota // has asked for nothing yet
	waiting               // asks for an invocation
	working               // has one
	answered              // answered, and has not asked for the next
	failed                // reported that its initialisation failed
)

// Server is one environment's Runtime API: an http.Handler on one side, Ready and Invoke on the other.
type Server struct {
	mux  http.ServeMux
	body sync.Mutex // one body is read at a time: it may be large

	mu       sync.Mutex
	changed  chan struct{} // closed, and replaced, with each change of state
	state    state
	pending  chan *sandbox.Invocation // of the request for the next invocation
	current  string                   // request ID of the invocation under way
	answer   chan *Answer             // of the invocation under way
	initFail *sandbox.FunctionError
}

// Answer is what the code says of an invocation: a payload or an error.
type Answer struct {
	Payload []byte
	Error   *sandbox.FunctionError
}

// New makes a server of a code that has not started.
func New() *Server {
	s := &Server{changed: make(chan struct{})}
	s.mux.HandleFunc("GET "+version+"invocation/next", s.next)
	s.mux.HandleFunc("POST "+version+"invocation/{id}/response", s.response)
	s.mux.HandleFunc("POST "+version+"invocation/{id}/error", s.failure)
	s.mux.HandleFunc("POST "+version+"init/error", s.initFailure)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Runtime API has no "+r.Method+" "+r.URL.Path)
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// turn changes the state. The caller holds mu.
func (s *Server) turn(to state) {
	s.state = to
	close(s.changed)
	s.changed = make(chan struct{})
}

// Ready returns when the code waits for an invocation. A *sandbox.InitError says that it reported that its initialisation failed.
func (s *Server) Ready(ctx context.Context) error {
	for {
		s.mu.Lock()
		st, changed, initFail := s.state, s.changed, s.initFail
		s.mu.Unlock()
		switch {
		case st == waiting:
			return nil
		case st == failed:
			return &sandbox.InitError{FunctionError: *initFail}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Invoke hands the code an invocation when it asks for one, and returns its answer.
func (s *Server) Invoke(ctx context.Context, i *sandbox.Invocation) (*Answer, error) {
	answer := make(chan *Answer, 1)
	for {
		if err := s.Ready(ctx); err != nil {
			return nil, err
		}
		if s.hand(i, answer) {
			break
		}
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// hand gives the invocation to the request that waits, if it still does.
func (s *Server) hand(i *sandbox.Invocation, answer chan *Answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != waiting {
		return false
	}
	s.pending <- i
	s.pending, s.current, s.answer = nil, i.RequestID, answer
	s.turn(working)
	return true
}

// next is "Next invocation": it answers when there is one.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	pending, err := s.await()
	if err != nil {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", err.Error())
		return
	}
	select {
	case i := <-pending:
		event(w, i)
	case <-r.Context().Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.pending == pending { // nobody waits any more
			s.pending = nil
			s.turn(answered)
		}
	}
}

func (s *Server) await() (chan *sandbox.Invocation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case waiting:
		return nil, errors.New("the next invocation is being waited for already")
	case working:
		return nil, errors.New("invocation " + s.current + " has not been answered")
	case failed:
		return nil, errors.New("the initialisation failed")
	}
	s.pending = make(chan *sandbox.Invocation, 1)
	s.turn(waiting)
	return s.pending, nil
}

func event(w http.ResponseWriter, i *sandbox.Invocation) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", i.RequestID)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.Deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", i.FunctionARN)
	if i.TraceID != "" {
		h.Set("Lambda-Runtime-Trace-Id", i.TraceID)
	}
	if i.ClientContext != "" {
		h.Set("Lambda-Runtime-Client-Context", i.ClientContext)
	}
	h.Set("Content-Length", strconv.Itoa(len(i.Payload)))
	_, _ = w.Write(i.Payload)
}
