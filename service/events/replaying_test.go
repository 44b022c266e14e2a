package events

import (
	"fmt"
	"testing"
	"time"

	api "vauban/api/events"
	"vauban/store"
)

// archived makes an archive of the default bus with so many events, the number in n, three of them of each second.
func (b *bench) archived(n int) (start time.Time) {
	b.t.Helper()
	bus := busName{home, "us-east-1", defaultBus}
	b.must("CreateArchive", &api.CreateArchiveInput{ArchiveName: new("all"), EventSourceArn: new(bus.arn())})
	start = b.clock.Now()
	for i := range n {
		at := start.Add(time.Duration(i/3) * time.Second)
		b.must("PutEvents", &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{{Source: new("shop"), DetailType: new("Order"), Detail: new(fmt.Sprintf(`{"n":%d}`, i)), Time: &at}}})
	}
	return start
}

func (b *bench) replayed(from, to time.Time) (transactions int) {
	b.t.Helper()
	bus := busName{home, "us-east-1", defaultBus}
	b.must("StartReplay", &api.StartReplayInput{
		ReplayName: new("again"), EventSourceArn: new("arn:aws:events:us-east-1:" + home + ":archive/all"), Destination: &api.ReplayDestination{Arn: new(bus.arn())},
		EventStartTime: &from, EventEndTime: &to,
	})
	key := store.K(home, "us-east-1", "again")
	for more := true; more; transactions++ {
		err := b.Store.Write(b.t.Context(), func(tx store.Tx) (err error) {
			more, err = b.replaySome(tx, key, b.clock.Now())
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	out := b.must("DescribeReplay", &api.DescribeReplayInput{ReplayName: new("again")}).(*api.DescribeReplayOutput)
	if *out.State != api.ReplayStateCompleted {
		b.t.Errorf("the replay is %s", *out.State)
	}
	return transactions
}

// TestReplayPages: a replay of more events than one transaction sends goes on where it stood: each event once, from the start on, none of the end or after.
func TestReplayPages(t *testing.T) {
	for _, c := range []struct{ events, from, to, transactions int }{ // from and to in seconds, three events each
		{2*replayMost + 40, 0, 1000, 3},
		{2*replayMost + 40, 10, 60, 2},               // 150 events, the first and the last page cut
		{2 * replayMost, 0, 1000, 2},                 // the archive ends with a page
		{2*replayMost + 40, 10, 10 + 1, 1},           // one second
		{replayMost + 2, 0, (replayMost + 2) / 3, 2}, // the end of the time right behind a page
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			b := newBench(t, nil)
			start := b.archived(c.events)
			b.must("PutRule", rule("shop", `{"source":["shop"],"replay-name":[{"exists":true}]}`, ""))
			b.must("PutTargets", targets("shop", "q", "$.detail.n"))
			n := b.replayed(start.Add(time.Duration(c.from)*time.Second), start.Add(time.Duration(c.to)*time.Second))
			if n != c.transactions {
				t.Errorf("%d transactions, want %d", n, c.transactions)
			}
			first, end := 3*c.from, min(3*c.to, c.events)
			b.eventually("all arrive", func() bool { return len(b.door.sentTo("q")) >= end-first })
			got := map[string]int{}
			for _, m := range b.door.sentTo("q") {
				got[*m.MessageBody]++
			}
			for i := range c.events {
				want := 0
				if i >= first && i < end {
					want = 1
				}
				if got[fmt.Sprint(i)] != want {
					t.Errorf("event %d came %d times, want %d", i, got[fmt.Sprint(i)], want)
				}
			}
		})
	}
}

// TestReplayIsCut: many rules do not make a transaction of a replay larger.
func TestReplayIsCut(t *testing.T) {
	b := newBench(t, nil)
	start := b.archived(5)
	b.busy(40)
	if n := b.replayed(start, start.Add(time.Hour)); n != 3 { // 200 deliveries each: 2, 2 and 1
		t.Errorf("%d transactions", n)
	}
	b.eachOnce(5, 40)
}
