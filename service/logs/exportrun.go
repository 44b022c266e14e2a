package logs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// asError is the modelled error in err.
func asError(err error) (*wire.Error, bool) {
	var e *wire.Error
	ok := errors.As(err, &e)
	return e, ok
}

// exportAll does the tasks that wait, one after the other. One that was left in the middle is done anew: its objects have the same names.
func (s *Service) exportAll(w *service.Work) error {
	var all []*Export
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := exports.ListRef(tx, "waiting", store.K(""), nil, 0)
		all = list.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range all {
		if err := s.exportOne(w, x); err != nil {
			return err
		}
	}
	return nil
}

var errCancelled = errors.New("logs: the export task was cancelled")

func (s *Service) exportOne(w *service.Work, x *Export) error {
	if err := s.changeExport(w, x, api.ExportTaskStatusCodeRunning, ""); err != nil {
		return ignoreCancelled(err)
	}
	err := s.export(w, x)
	switch {
	case errors.Is(err, errCancelled), w.Err() != nil:
		return w.Err()
	case err != nil:
		reason := "Internal error"
		if e, ok := asError(err); ok && !e.Shape.Fault {
			reason = e.Message
		}
		return ignoreCancelled(errors.Join(s.changeExport(w, x, api.ExportTaskStatusCodeFailed, reason)))
	}
	return ignoreCancelled(s.changeExport(w, x, api.ExportTaskStatusCodeCompleted, "Completed successfully"))
}

func ignoreCancelled(err error) error {
	if errors.Is(err, errCancelled) {
		return nil
	}
	return err
}

// changeExport sets the status of a task that was not cancelled. It is also how a running task learns that it was.
func (s *Service) changeExport(w *service.Work, x *Export, status, message string) error {
	return s.write(w, func(tx store.Tx) error {
		now, err := exports.Get(tx, exports.Key(x))
		if store.IsAbsent(err) || err == nil && now.over() {
			return errCancelled
		}
		if err != nil {
			return err
		}
		if now.Status == status {
			return nil
		}
		now.Status, now.Message = status, message
		if now.over() {
			now.Completed = s.Clock()
		}
		return exports.Update(tx, now)
	})
}

func (s *Service) export(w *service.Work, x *Export) error {
	var g *Group
	var list []*Stream
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		list = nil
		if g, err = groups.Get(tx, store.K(x.Account, x.Region, x.Group)); err != nil {
			return err
		}
		for st, err := range streams.Each(tx, store.K(g.ID)) {
			if err != nil {
				return err
			}
			if strings.HasPrefix(st.Name, x.Streams) && st.Next > 0 && st.First < x.To && st.Last >= x.From {
				list = append(list, st)
			}
		}
		return nil
	})
	if store.IsAbsent(err) || err == nil && g.ID != x.GroupID {
		return noGroup()
	}
	for _, st := range list {
		if err == nil {
			err = s.exportStream(w, x, g, st)
		}
	}
	return err
}

// exportBytes is how many bytes of messages an object gets.
const exportBytes = 32 << 20

// exportStream writes the events of a stream into objects, each a compressed text of one line an event.
func (s *Service) exportStream(w *service.Work, x *Export, g *Group, st *Stream) error {
	c := w.Call(x.Account, x.Region)
	q := &search{
		group: g, streams: map[int64]bool{st.ID: true}, from: place{Time: max(x.From, g.expired(w.Time))}, to: x.To, limit: pageEvents, bytes: pageBytes,
		match: func(*Event) bool { return true },
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	size, number := 0, 0
	flush := func() error {
		if err := errors.Join(z.Close(), s.changeExport(w, x, api.ExportTaskStatusCodeRunning, "")); err != nil {
			return err
		}
		key := fmt.Sprintf("%s/%s/%s/%06d.gz", x.Prefix, x.ID, strings.ReplaceAll(st.Name, "/", "-"), number)
		if err := s.putObject(c, w.Door, g, x, key, b.Bytes()); err != nil {
			return err
		}
		b.Reset()
		z.Reset(&b)
		size = 0
		number++
		return nil
	}
	for more := true; more; {
		var found *hits
		err := s.reading(w, c, []*Group{g}, func(tx store.Tx, keys opened) (err error) {
			found, err = s.forward(w, tx, keys, q)
			return err
		})
		if err != nil {
			return err
		}
		for i := range found.events {
			e := &found.events[i]
			size += len(e.Message)
			if _, err := fmt.Fprintf(z, "%s %s\n", time.UnixMilli(e.Time).UTC().Format("2006-01-02T15:04:05.000Z"), e.Message); err != nil {
				return err
			}
		}
		if size >= exportBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		q.from, more = found.next, found.more
	}
	if size == 0 {
		return nil
	}
	return flush()
}
