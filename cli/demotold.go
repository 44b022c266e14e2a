package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vauban/carrier/inbox"
)

// news is one thing that came of the attempt.
type news struct {
	after time.Duration
	held  bool
	what  string
}

// told waits for everybody who must learn of the attempt, at once, and tells when each did.
func (t *teller) told(parent context.Context, w *watch, start time.Time) error {
	ctx, cancel := context.WithTimeout(parent, arrival)
	defer cancel()
	who := "arn:aws:iam::" + w.in.member + ":user/mallory"
	sentence := who + " tried StopLogging: AccessDenied"
	waits := []func() news{
		func() news {
			l, err := w.post.mailbox.Wait(ctx, func(l *inbox.Letter) bool { return l.To == watcherMail && strings.Contains(l.Text, sentence) })
			if err != nil {
				return news{what: "no mail came: " + err.Error()}
			}
			return news{l.Arrived.Sub(start), true, "the mail arrived: " + firstLine(l.Text)}
		},
		func() news {
			x, err := w.post.phone.Wait(ctx, func(x *inbox.Text) bool { return x.To == watcherPhone && strings.Contains(x.Body, sentence) })
			if err != nil {
				return news{what: "no SMS came: " + err.Error()}
			}
			return news{x.Arrived.Sub(start), true, "the SMS arrived: " + firstLine(x.Body)}
		},
	}
	waits = append(waits, func() news { return t.alarmed(ctx, w, start) }, func() news { return t.alarmMailed(ctx, w, start) })
	if w.function != "" {
		waits = append(waits, func() news { return t.functionRan(ctx, w, start, who) })
	}
	all := make([]news, len(waits))
	var waiting sync.WaitGroup
	for i, wait := range waits {
		waiting.Go(func() { all[i] = wait() })
	}
	waiting.Wait()
	slices.SortFunc(all, func(a, b news) int { return int(a.after - b.after) })
	for _, n := range all {
		t.held(n.held, "%8s  %s", n.after.Round(time.Millisecond), n.what)
	}
	_, _, err := t.await(parent, w.admin, "trail-"+w.account, "StopLogging", start)
	return err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return styleDim.Render(line)
}

// functionRan looks for the line that the function writes into its log.
func (t *teller) functionRan(ctx context.Context, w *watch, start time.Time, who string) news {
	for {
		r, err := t.client.json(ctx, w.in.administrator, "logs", "FilterLogEvents", map[string]any{"logGroupName": "/aws/lambda/watch", "filterPattern": `"saw StopLogging"`})
		if err != nil {
			return news{what: "the function's log cannot be read: " + err.Error()}
		}
		var answer struct {
			Events []struct {
				Message   string `json:"message"`
				Timestamp int64  `json:"timestamp"`
			} `json:"events"`
		}
		if err := json.Unmarshal(r.body, &answer); err == nil && len(answer.Events) > 0 { // before its first line the group does not exist
			line := answer.Events[0]
			return news{time.UnixMilli(line.Timestamp).Sub(start), strings.Contains(line.Message, who), "the function ran: " + firstLine(line.Message)}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return news{what: fmt.Sprintf("the function did not run: %d %s", r.status, r.body)}
		}
	}
}
