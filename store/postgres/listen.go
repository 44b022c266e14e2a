package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// listen wakes those who wait when any replica has emitted. It keeps a connection of its own and makes a new one when that is lost.
func (db *DB) listen(cfg *pgx.ConnConfig, listening chan<- struct{}) {
	for wait := 50 * time.Millisecond; db.life.Err() == nil; {
		began := time.Now()
		_ = db.listenOnce(cfg, &listening) // whatever broke it, the answer is to connect again
		if time.Since(began) > time.Second {
			wait = 50 * time.Millisecond
		}
		select {
		case <-time.After(wait):
		case <-db.life.Done():
		}
		wait = min(2*wait, 2*time.Second)
	}
}

// listenIdle is how long the listener trusts a silent connection before it asks whether it is still there.
const listenIdle = 5 * time.Second

func (db *DB) listenOnce(cfg *pgx.ConnConfig, listening *chan<- struct{}) error {
	ctx := db.life
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Close(end)
	}()
	if _, err := c.Exec(ctx, "LISTEN "+notice); err != nil {
		return err
	}
	db.heard("") // what came while nobody listened
	if *listening != nil {
		close(*listening)
		*listening = nil
	}
	for {
		within, cancel := context.WithTimeout(ctx, listenIdle)
		n, err := c.WaitForNotification(within)
		cancel()
		switch {
		case err == nil:
			db.heard(n.Payload)
			continue
		case !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || c.IsClosed():
			return err
		}
		within, cancel = context.WithTimeout(ctx, listenIdle)
		err = c.Ping(within)
		cancel()
		if err != nil {
			return err
		}
	}
}
