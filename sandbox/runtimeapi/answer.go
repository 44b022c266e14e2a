package runtimeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"vauban/sandbox"
)

// response is "Invocation response".
func (s *Server) response(w http.ResponseWriter, r *http.Request) {
	if !s.owns(w, r.PathValue("id")) {
		return
	}
	s.body.Lock()
	defer s.body.Unlock()
	body, err := read(w, r)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		message := fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxPayload)
		s.finish(w, r, &Answer{Error: Failure("Function.ResponseSizeTooLarge", message)}, http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "The body ended too early")
		return
	}
	if t := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); t != "" { // a stream that failed half-way
		s.finish(w, r, &Answer{Error: Failure(t, "The response ended with an error")}, http.StatusAccepted)
		return
	}
	s.finish(w, r, &Answer{Payload: body}, http.StatusAccepted)
}

// failure is "Invocation error".
func (s *Server) failure(w http.ResponseWriter, r *http.Request) {
	if !s.owns(w, r.PathValue("id")) {
		return
	}
	s.body.Lock()
	defer s.body.Unlock()
	body, err := read(w, r)
	if err != nil {
		s.finish(w, r, &Answer{Error: Failure("Function.ResponseSizeTooLarge", "The error was too large to be reported")}, http.StatusRequestEntityTooLarge)
		return
	}
	s.finish(w, r, &Answer{Error: reported(r, body)}, http.StatusAccepted)
}

// initFailure is "Initialization error".
func (s *Server) initFailure(w http.ResponseWriter, r *http.Request) {
	s.body.Lock()
	defer s.body.Unlock()
	body, err := read(w, r)
	if err != nil {
		body = nil
	}
	s.mu.Lock()
	if s.state != starting {
		s.mu.Unlock()
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "The initialisation has ended")
		return
	}
	s.initFail = reported(r, body)
	s.turn(failed)
	s.mu.Unlock()
	accept(w)
}

// owns says whether the invocation is the one under way. It answers the request otherwise.
func (s *Server) owns(w http.ResponseWriter, id string) bool {
	s.mu.Lock()
	st, current := s.state, s.current
	s.mu.Unlock()
	switch {
	case st != working:
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "No invocation is under way")
	case id != current:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	default:
		return true
	}
	return false
}

// finish ends the invocation of the request with an answer, once.
func (s *Server) finish(w http.ResponseWriter, r *http.Request, a *Answer, status int) {
	s.mu.Lock()
	if s.state != working || s.current != r.PathValue("id") { // another request was faster
		s.mu.Unlock()
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "No invocation is under way")
		return
	}
	s.answer <- a
	s.answer, s.current = nil, ""
	s.turn(answered)
	s.mu.Unlock()
	if status != http.StatusAccepted {
		refuse(w, status, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxPayload))
		return
	}
	accept(w)
}

// read takes the body, up to the limit.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
}

// reported is the error that the code tells of itself.
func reported(r *http.Request, body []byte) *sandbox.FunctionError {
	var told struct {
		Type string `json:"errorType"`
	}
	valid := json.Unmarshal(body, &told) == nil
	kind := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	if told.Type != "" {
		kind = told.Type
	}
	if kind == "" {
		kind = "Runtime.UnknownReason"
	}
	if !valid {
		return Failure(kind, string(body[:min(len(body), 1024)]))
	}
	return &sandbox.FunctionError{Type: clip(kind), Payload: body}
}

// Failure is an error in the form in which runtimes tell them.
func Failure(kind, message string) *sandbox.FunctionError {
	kind = clip(kind)
	payload, err := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{kind, strings.ToValidUTF8(message, "�")})
	if err != nil {
		panic(err) // two strings
	}
	return &sandbox.FunctionError{Type: kind, Payload: payload}
}

// clip bounds a type, which goes into headers and logs.
func clip(kind string) string {
	kind = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, kind)
	return kind[:min(len(kind), 128)]
}

func accept(w http.ResponseWriter) {
	answer(w, http.StatusAccepted, []byte(`{"status":"OK"}`))
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	answer(w, status, Failure(kind, message).Payload)
}

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
