package logs

import (
	"context"

	api "vauban/api/logs"
	"vauban/service"
	"vauban/store"
)

// Counting is what counts in log events when they come: CloudWatch's Contributor Insights.
type Counting interface {
	// Counting finds what counts in the events of a log group; nil when nothing does.
	Counting(tx store.Tx, account, region, group string) (Count, error)
}

// Count is what is counted in the events of one PutLogEvents.
type Count interface {
	// Event looks at an event: its time in milliseconds, its message, and what a transformer has made of it, "" without one.
	Event(at int64, message, made string)
	// Prepare makes what was found ready to be kept.
	Prepare() error
	// Keep keeps it in the transaction that keeps the events, which may run again.
	Keep(tx store.Tx) error
}

// countOf finds what counts in the events of the group. It is looked for once: when the commit asks again, what was found before stands.
func (s *Service) countOf(c *service.Call, before, f *finding) (err error) {
	if f.count, f.counting = before.count, before.counting; f.counting || f.group.Class == api.LogGroupClassInfrequentAccess {
		return nil
	}
	f.counting = true
	f.count, err = s.counting.Counting(c.Tx, f.group.Account, f.group.Region, f.group.Name)
	return err
}

// count looks at events, of which what is sensitive is masked.
func count(ctx context.Context, x Count, events []Event) error {
	if x == nil {
		return nil
	}
	for i := range events {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := &events[i]
		x.Event(e.Time, e.Message, e.Made)
	}
	return x.Prepare()
}
