package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"vauban/store"
)

// SQLSTATE codes, from appendix A of the PostgreSQL documentation.
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeUnique        = "23505" // of a row that this transaction's snapshot does not show
	codeDiskFull      = "53100"
	codeReadOnly      = "25006" // the server has become a standby
	codeCancelled     = "57014" // statement_timeout
)

// conflict reports whether running the transaction again may help.
func conflict(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == codeSerialization || pg.Code == codeDeadlock || pg.Code == codeUnique)
}

// lost reports whether the connection or the server went away, rather than refused a statement.
func lost(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	switch pg.Code[:2] {
	case "08", "57", "53": // connection exception, operator intervention, insufficient resources
		return pg.Code != codeCancelled && pg.Code != codeDiskFull
	}
	return pg.Code == codeReadOnly
}

// failure is an error of the database with the store's own meaning.
type failure struct {
	means error
	err   error
}

func (f *failure) Error() string   { return f.means.Error() + ": " + f.err.Error() }
func (f *failure) Unwrap() []error { return []error{f.means, f.err} }

// explain gives an error of the database its meaning for callers.
func explain(ctx context.Context, err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.As(err, &pg):
		return ctx.Err() // the caller's own end; the connection broke because of it
	case conflict(err):
		return &failure{store.ErrConflict, err}
	case errors.As(err, &pg) && pg.Code == codeDiskFull:
		return &failure{store.ErrFull, err}
	case lost(err), errors.Is(err, context.DeadlineExceeded), errors.As(err, &pg) && pg.Code == codeCancelled:
		return &failure{store.ErrUnavailable, err}
	}
	return fmt.Errorf("postgres: %w", err)
}
