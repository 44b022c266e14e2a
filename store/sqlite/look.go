package sqlite

import "time"

// look is the committer's regular look around: commits of other processes, and the size of the log. The engine itself moves pages
// out of the log after every 1,000, but cannot begin the log anew while a read is on it.
func (db *DB) look() {
	if v, _, err := db.writer.queryInt("PRAGMA data_version"); err == nil && v != db.version {
		db.version = v
		db.wakers.wake()
		db.bells.RingAll()
	}
	if pages, err := db.writer.logPages(); err == nil && pages > db.maxLog {
		// Readers that are still on the log make it fail; the next look tries again.
		db.writer.setBusy(100 * time.Millisecond)
		_ = db.writer.exec("PRAGMA wal_checkpoint(TRUNCATE)")
		db.writer.setBusy(db.busy)
	}
}

// logPages returns the length of the write-ahead log.
func (c *conn) logPages() (int64, error) {
	s, err := c.prepare("PRAGMA wal_checkpoint(NOOP)")
	if err != nil {
		return 0, err
	}
	defer s.release()
	row, err := s.step()
	if err != nil || !row {
		return 0, err
	}
	return s.int(1), nil
}
