package service_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"vauban/service"
)

// TestTurns: one works at a time, an account has only so many in the line, and who goes away makes room.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
		synctest.Wait() // the second waits for its turn
		over, stop := context.WithCancel(t.Context())
		stop()
		if _, err := turns.Take(call(over, "a")); !errors.Is(err, service.ErrBusy) {
			t.Errorf("the third of an account that has two: %v", err)
		}
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away: %v", err)
		}
		if _, err := turns.Take(call(over, "a")); !errors.Is(err, context.Canceled) {
			t.Errorf("who went away still takes a place: %v", err)
		}

		next := make(chan func(), 1)
		go func() {
			end, err := turns.Take(call(t.Context(), "b"))
			if err != nil {
				t.Error(err)
			}
			next <- end
		}()
		synctest.Wait()
		select {
		case <-next:
			t.Error("two at a time")
		default:
		}
		end()
		(<-next)()
	})
}
