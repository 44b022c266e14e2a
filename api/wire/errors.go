package wire

import "fmt"

// Error is a modelled error: what the client sees, and beside it the cause that only the log sees.
type Error struct {
	Shape   *ErrorShape
	Message string
	Members map[string]any // modelled members beyond the message
	Cause   error          // never sent to the client
}

// New makes an error of the shape with a formatted message.
func (s *ErrorShape) New(format string, args ...any) *Error {
	return &Error{Shape: s, Message: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Shape.Code + ": " + e.Message + ": " + e.Cause.Error()
	}
	return e.Shape.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// With sets a modelled member and returns e.
func (e *Error) With(member string, value any) *Error {
	if e.Members == nil {
		e.Members = map[string]any{}
	}
	e.Members[member] = value
	return e
}

// Because sets the cause, which the log sees and the client does not, and returns e.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}
