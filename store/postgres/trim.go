package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// trimLoop keeps the feed from growing for ever.
func (db *DB) trimLoop() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = db.trim(db.life) // the next minute tries again
		case <-db.life.Done():
			return
		}
	}
}

// trim drops all but the newest changes, and notes how far.
func (db *DB) trim(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue(noteSQL, db.o.KeepChanges)
	b.Queue(trimSQL)
	b.Queue("COMMIT")
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		_, _ = c.Exec(ctx, "ROLLBACK")
		return err
	}
	return nil
}
