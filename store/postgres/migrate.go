package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"vauban/store"
)

// migrations are numbered files, applied once each and in order. A released file is never changed. While an upgrade
// rolls over the replicas, those of the former program use the new tables: a migration must leave room for that.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Numbers of advisory locks, together with lockSpace. They are part of the protocol between replicas.
const (
	lockSpace   = 0x7661756c // "vaul"
	lockMigrate = 1
	lockFeed    = 2
)

// migrate brings the tables up to this program's, or refuses those of a newer one.
func migrate(ctx context.Context, cfg *pgx.ConnConfig, o Options) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return &failure{store.ErrUnavailable, err}
	}
	defer c.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		// All replicas may start at once: one works, the others find it done.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", lockSpace, lockMigrate); err != nil {
			return err
		}
		var done int
		var present bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass('meta') IS NOT NULL").Scan(&present); err != nil {
			return err
		}
		if present {
			err := tx.QueryRow(ctx, "SELECT value FROM meta WHERE name = 'migration'").Scan(&done)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
		} else if _, err := tx.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{o.Schema}.Sanitize()+
			"; CREATE TABLE meta (name text PRIMARY KEY, value bigint NOT NULL)"); err != nil {
			return err
		}
		if done > len(files) {
			return fmt.Errorf("tables are at step %d, this program knows %d: %w", done, len(files), store.ErrNewer)
		}
		for i, name := range files[done:] {
			number := done + i + 1
			base := strings.TrimPrefix(name, "migrations/")
			if n, err := strconv.Atoi(base[:4]); err != nil || n != number {
				return fmt.Errorf("migration %s is not number %d", base, number)
			}
			sql, err := migrations.ReadFile(name)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, string(sql)); err != nil {
				return fmt.Errorf("%s: %w", base, err)
			}
		}
		_, err := tx.Exec(ctx, "INSERT INTO meta (name, value) VALUES ('migration', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", len(files))
		return err
	})
}
