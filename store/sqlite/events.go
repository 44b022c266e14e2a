package sqlite

import (
	"time"

	"vauban/store"
	"vauban/store/internal/layout"
)

func (t *tx) Append(events ...store.Event) error {
	if err := t.writable(); err != nil {
		return err
	}
	for _, e := range events {
		if err := layout.CheckEvent(e); err != nil {
			return err
		}
	}
	t.woke = t.woke || len(events) > 0
	return t.fail(t.c.appendEvents(t.write, events))
}

// appendEvents numbers and writes events.
func (c *conn) appendEvents(n *numbers, events []store.Event) error {
	for i := range events {
		n.event++
		err := c.exec("INSERT INTO event (seq, id, at, body) VALUES (?1, ?2, ?3, ?4)",
			num(n.event), text(events[i].ID), num(events[i].Time.UnixMicro()), blob(events[i].Body))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Events(after int64, limit int) ([]store.Event, error) {
	if err := t.readable(); err != nil {
		return nil, err
	}
	s, err := t.c.prepare("SELECT seq, id, at, body FROM event WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3")
	if err != nil {
		return nil, t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{num(after), num(t.lastEvent), num(int64(max(limit, 0)))}); err != nil {
		return nil, t.fail(err)
	}
	var out []store.Event
	for {
		row, err := s.step()
		if err != nil {
			return nil, t.fail(err)
		}
		if !row {
			return out, nil
		}
		out = append(out, store.Event{
			Seq: s.int(0), ID: string(s.view(1)), Time: time.UnixMicro(s.int(2)).UTC(), Body: s.blob(3),
		})
	}
}

func (t *tx) DropEvents(upTo int64) error {
	if err := t.writable(); err != nil {
		return err
	}
	return t.fail(t.c.exec("DELETE FROM event WHERE seq <= ?1", num(upTo)))
}
