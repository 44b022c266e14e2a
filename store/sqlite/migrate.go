package sqlite

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"vauban/store"
)

// migrations are numbered files, applied once each and in order. A released file is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the physical tables up to this program's, or refuses those of a newer one.
func migrate(c *conn) (err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = c.exec("ROLLBACK") // err says more
		}
	}()
	// Standing first in the transaction: a second process that opens a new file waits here, then finds the work done.
	if err := c.exec("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID"); err != nil {
		return err
	}
	done, _, err := c.queryInt("SELECT value FROM meta WHERE name = 'migration'")
	if err != nil {
		return err
	}
	if done > int64(len(files)) {
		return fmt.Errorf("tables are at step %d, this program knows %d: %w", done, len(files), store.ErrNewer)
	}
	for i, name := range files[done:] {
		number := done + int64(i) + 1
		base := strings.TrimPrefix(name, "migrations/")
		if n, err := strconv.ParseInt(base[:4], 10, 64); err != nil || n != number {
			return fmt.Errorf("migration %s is not number %d", base, number)
		}
		sql, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if err := c.script(string(sql)); err != nil {
			return fmt.Errorf("%s: %w", base, err)
		}
	}
	if done < int64(len(files)) {
		err := c.exec("INSERT INTO meta (name, value) VALUES ('migration', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1", num(int64(len(files))))
		if err != nil {
			return err
		}
	}
	return c.exec("COMMIT")
}
