package sqlite

import (
	"encoding/binary"
	"errors"
)

// numbers are the sequences of the store, one row of meta. A commit reads them when it begins and writes them when it ends.
type numbers struct {
	rev     int64 // of documents: one sequence for all, so that a key never sees one twice, not even after a deletion
	change  int64 // the last number given in the change feed
	event   int64 // the last number given in the log
	dropped int64 // changes up to this one are no longer kept
}

// readNumbers reads them in the transaction of c; all are 0 in a new store.
func (c *conn) readNumbers() (numbers, error) {
	s, err := c.prepare("SELECT value FROM meta WHERE name = 'numbers'")
	if err != nil {
		return numbers{}, err
	}
	defer s.release()
	row, err := s.step()
	if err != nil || !row {
		return numbers{}, err
	}
	v := s.view(0)
	if len(v) != 32 {
		return numbers{}, errors.New("sqlite: damaged row meta.numbers")
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(v[8*i:])) }
	return numbers{rev: at(0), change: at(1), event: at(2), dropped: at(3)}, nil
}

func (c *conn) writeNumbers(n numbers) error {
	v := make([]byte, 0, 32)
	for _, x := range [...]int64{n.rev, n.change, n.event, n.dropped} {
		v = binary.BigEndian.AppendUint64(v, uint64(x))
	}
	return c.exec("INSERT INTO meta (name, value) VALUES ('numbers', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1", blob(v))
}

// trimStep bounds the work of dropping old changes in one commit.
const trimStep = 1024

// trimChanges drops the oldest changes when more than keep and a step are there.
func (c *conn) trimChanges(n *numbers, keep int64) error {
	if n.change-n.dropped < keep+trimStep {
		return nil
	}
	n.dropped += trimStep
	return c.exec("DELETE FROM change WHERE seq <= ?1", num(n.dropped))
}
