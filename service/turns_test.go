package service_test

import (
	"context"
	"errors"
	"testing"

	"vauban/service"
)

// TestTurns: one works at a time, an account has only so many in the line, and who goes away makes room.
func TestTurns(t *testing.T) {
	turns := service.NewTurns(2)
	call := func(ctx context.Context, account string) *service.Call {
		return &service.Call{Context: ctx, Account: account}
	}
	end, err := turns.Take(call(t.Context(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := turns.Take(call(ctx, "a"))
		gone <- err
	}()
	busy := func() bool { // the line is full once the second has entered it
		over, stop := context.WithCancel(t.Context())
		stop()
		_, err := turns.Take(call(over, "a"))
		return errors.Is(err, service.ErrBusy)
	}
	for !busy() {
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: %v", err)
	}
	if busy() {
		t.Error("who went away still takes a place")
	}
	next := make(chan func(), 1)
	go func() {
		end, err := turns.Take(call(t.Context(), "b"))
		if err != nil {
			t.Error(err)
		}
		next <- end
	}()
	select {
	case <-next:
		t.Error("two at a time")
	default:
	}
	end()
	(<-next)()
}
