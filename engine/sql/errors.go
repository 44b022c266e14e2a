package sql

import "fmt"

// Error is what is wrong with a statement, and where.
type Error struct {
	Line, Column int // from 1
	Message      string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d:%d: %s", e.Line, e.Column, e.Message) }

// LimitError says that a statement asks for more than one may.
type LimitError struct{ Message string }

func (e *LimitError) Error() string { return e.Message }

// pos is a place in a statement.
type pos struct{ line, column int }

func (p pos) errorf(format string, args ...any) error {
	return &Error{p.line, p.column, fmt.Sprintf(format, args...)}
}
