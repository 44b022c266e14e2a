package cloudtrail

import (
	"time"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/store"
)

// delivery is how far the delivery of a trail has come: to its bucket, or to its log group. It outlives the trail until all has been delivered that was
// recorded until then.
type delivery struct {
	ID    string   `json:"id"` // the trail's; of a delivery to a log group, see [Trail.logsID]
	Logs  bool     `json:"logs,omitempty"`
	Last  Settings `json:"last"` // the newest settings: they say where to, the spans' what
	Spans []span   `json:"spans,omitempty"`
	Cut   *cut     `json:"cut,omitempty"` // being delivered
	Cuts  int64    `json:"cuts"`          // made so far

	Ended time.Time `json:"ended"` // when the trail was deleted

	Attempted time.Time `json:"attempted"`
	Delivered time.Time `json:"delivered"`
	Error     string    `json:"error,omitempty"`    // the code of S3, or of CloudWatch Logs
	Lost      time.Time `json:"lost,omitzero"`      // of the newest event that was given up: see [Service.giveUp]
	LostCount int64     `json:"lostCount,omitzero"` // since somebody has last changed the trail
	Digested  time.Time `json:"digested"`
	DigestErr string    `json:"digestError,omitempty"`

	Notifying time.Time `json:"notifying"` // last attempt
	Notified  time.Time `json:"notified"`
	NotifyErr string    `json:"notifyError,omitempty"` // SNS's code
}

// span is a part of the log that is delivered under the same settings. Where it begins and ends is known only by the record of the call
// that began or ended it: a transaction does not know its own place in the log. That record is the first, or the last, of the
// span, so that no change of a trail hides what came before it, nor itself.
type span struct {
	Settings
	Since time.Time `json:"since"`
	After int64     `json:"after"`           // the log is read up to here
	Begin string    `json:"begin,omitempty"` // request ID of the first record; "" once it was seen
	End   string    `json:"end,omitempty"`   // request ID of the last record; "" while the span is open
}

// cut is a part of a span that is delivered as a whole: written down before the first file is, so that who goes on after a crash writes
// the same files.
type cut struct {
	After    int64     `json:"after"`
	To       int64     `json:"to"`
	Number   int64     `json:"number"`
	Time     time.Time `json:"time"`
	Target   Settings  `json:"target"`             // where to
	Accounts []string  `json:"accounts,omitempty"` // the members of the organization then
	Done     bool      `json:"done"`               // the span ends with it
}

var deliveries = &store.Table[delivery]{
	Name: "cloudtrail.delivery",
	Key:  func(d *delivery) store.Key { return store.K(d.ID) },
}

// reader is the delivery's name among the log's readers.
func (d *delivery) reader() string { return "cloudtrail.delivery." + d.ID }

// save stores the delivery, and holds in the log what it has not delivered. It ends when the trail is gone and nothing is left.
func (d *delivery) save(tx store.Tx, now time.Time) error {
	if len(d.Spans) > 0 {
		if err := eventlog.Hold(tx, d.reader(), d.Spans[0].After, now); err != nil {
			return err
		}
		return deliveries.Put(tx, d)
	}
	if err := eventlog.Release(tx, d.reader()); err != nil {
		return err
	}
	if d.Ended.IsZero() {
		return deliveries.Put(tx, d)
	}
	page, err := chains.List(tx, store.K(d.ID), nil, 1)
	if err != nil {
		return err
	}
	if len(page.Items) > 0 {
		return deliveries.Put(tx, d)
	}
	if err := deliveries.Delete(tx, store.K(d.ID)); !absent(err) {
		return err
	}
	return nil
}

// deliveryOf returns the trail's delivery, a new one when it never logged.
func deliveryOf(tx store.Tx, t *Trail) (*delivery, error) {
	d, err := deliveries.Get(tx, store.K(t.ID))
	if absent(err) {
		return &delivery{ID: t.ID}, nil
	}
	return d, err
}

// begin opens a span with the record of the request, or one that follows the span which that record ends.
func (d *delivery) begin(tx store.Tx, t Settings, request string, now time.Time) error {
	n := span{Settings: t, Since: now, Begin: request}
	if open := d.open(); open != nil {
		open.End, n.Begin = request, ""
	}
	var err error
	if n.After, err = eventlog.Settled(tx); err != nil {
		return err
	}
	d.Spans = append(d.Spans, n)
	if len(d.Spans) > maxSpans || d.size() > maxSpanBytes {
		return api.ThrottlingException.New("The trail has been changed too often since its last delivery. Try again after the next one.")
	}
	return nil
}

// Bounds of what a delivery remembers of former settings.
const (
	maxSpans     = 64
	maxSpanBytes = 8 << 20
)

// size is about what the values of all selectors take.
func (d *delivery) size() (n int) {
	for i := range d.Spans {
		for _, one := range d.Spans[i].Advanced {
			for j := range one.Fields {
				f := &one.Fields[j]
				for _, values := range [...][]string{f.Equals, f.StartsWith, f.EndsWith, f.NotEquals, f.NotStartsWith, f.NotEndsWith} {
					for _, v := range values {
						n += len(v)
					}
				}
			}
		}
		for _, b := range d.Spans[i].Basic {
			for _, r := range b.Data {
				for _, v := range r.Values {
					n += len(v)
				}
			}
		}
	}
	return n
}

// open is the span that has not ended, nil when there is none.
func (d *delivery) open() *span {
	if n := len(d.Spans); n > 0 && d.Spans[n-1].End == "" {
		return &d.Spans[n-1]
	}
	return nil
}

// stop ends the open span with the record of the request.
func (d *delivery) stop(request string) {
	if open := d.open(); open != nil {
		open.End = request
	}
}
