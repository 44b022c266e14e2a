package logs

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/logfilter"
	"vauban/service"
	"vauban/store"
)

func (s *Service) tailOperations() []service.Row {
	return []service.Row{service.Acts(api.OpStartLiveTail, s.onTail, s.startTail)}
}

// Bounds of a session. API reference: "StartLiveTail".
const (
	tailEvery   = time.Second
	tailLongest = 3 * time.Hour
	tailSample  = 500 // events of an update
	tailBack    = 15  // seconds in which a chunk that came must have been committed
)

// maxTails is how many sessions an account has in a Region at a time, on one replica. User Guide: "CloudWatch Logs quotas".
const maxTails = 15

// tails counts the sessions of accounts and Regions.
type tails struct {
	mu sync.Mutex
	n  map[string]int
}

// enter counts a session, until release is called.
func (t *tails) enter(where string) (release func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n[where] >= maxTails {
		return nil, api.LimitExceededException.New("You have reached the maximum number of concurrent Live Tail sessions, which is %d.", maxTails)
	}
	if t.n == nil {
		t.n = map[string]int{}
	}
	t.n[where]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.n[where]--; t.n[where] == 0 {
			delete(t.n, where)
		}
	}), nil
}

func (s *Service) onTail(c *service.Call, in *api.StartLiveTailInput) ([]service.Question, error) {
	var qs []service.Question
	var all []*Group
	for _, id := range in.LogGroupIdentifiers {
		name, err := groupName(c, id)
		if err != nil {
			return nil, err
		}
		q, err := s.ask(c, name, "")
		if err != nil {
			return nil, err
		}
		if g := found(c).group; g != nil {
			all = append(all, g)
		}
		qs = append(qs, q)
	}
	c.Found = all
	return qs, nil
}

// startTail begins a session: its answer is a stream of events, one a second, with what has come. Every replica sees what has come to any.
func (s *Service) startTail(c *service.Call, in *api.StartLiveTailInput) (*api.StartLiveTailOutput, error) {
	all, _ := c.Found.([]*Group)
	switch {
	case len(all) < len(in.LogGroupIdentifiers):
		return nil, noGroup()
	case len(in.LogStreamNames) > 0 && len(in.LogStreamNamePrefixes) > 0:
		return nil, invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")
	case (len(in.LogStreamNames) > 0 || len(in.LogStreamNamePrefixes) > 0) && len(all) != 1:
		return nil, invalid("Log streams can be chosen only when there is one log group.")
	}
	for _, g := range all {
		if err := standardOnly(g); err != nil {
			return nil, err
		}
	}
	pattern, err := s.patterns.compile(wire.Text(in.LogEventFilterPattern))
	if err != nil {
		return nil, err
	}
	session, err := s.newUUID()
	if err != nil {
		return nil, err
	}
	release, err := s.tails.enter(c.Account + " " + c.Region)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(c)
	context.AfterFunc(ctx, release) // when the call ends, whoever closes what
	cancel := func() { stop(); release() }
	until := s.Clock().Add(tailLongest)
	if x := c.Caller.Session; x != nil && x.ExpiresAt.Before(until) {
		until = x.ExpiresAt
	}
	t := &tail{
		Service: s, ctx: ctx, cancel: cancel, call: c, groups: all, in: in, pattern: pattern, until: until, from: s.Clock(), seen: map[string]int64{}, names: map[int64]string{},
	}
	start, err := json.Marshal(sessionStart{
		c.RequestID, session, in.LogGroupIdentifiers, orEmpty(in.LogStreamNames), orEmpty(in.LogStreamNamePrefixes), wire.Text(in.LogEventFilterPattern),
	})
	if err != nil {
		cancel()
		return nil, err
	}
	t.buffer = wire.AppendEvent(wire.AppendEvent(nil, wire.InitialResponse, []byte("{}")), "sessionStart", start)
	return &api.StartLiveTailOutput{ResponseStream: t}, nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// sessionStart and sessionUpdate are LiveTailSessionStart and LiveTailSessionUpdate of the API.
type sessionStart struct {
	RequestID   string   `json:"requestId"`
	SessionID   string   `json:"sessionId"`
	Groups      []string `json:"logGroupIdentifiers"`
	StreamNames []string `json:"logStreamNames"`
	Prefixes    []string `json:"logStreamNamePrefixes"`
	Pattern     string   `json:"logEventFilterPattern"`
}

type sessionUpdate struct {
	Metadata struct {
		Sampled bool `json:"sampled"`
	} `json:"sessionMetadata"`
	Results []tailEvent `json:"sessionResults"`
}

type tailEvent struct {
	Group     string `json:"logGroupIdentifier"`
	Stream    string `json:"logStreamName"`
	Message   string `json:"message"`
	Timestamp int64  `json:"timestamp"`
	Ingested  int64  `json:"ingestionTime"`
}

// tail is a session. It reads what chunks have come by the second in which they came, and a while back: a commit takes its time.
type tail struct {
	*Service
	ctx     context.Context
	cancel  context.CancelFunc
	call    *service.Call
	groups  []*Group
	in      *api.StartLiveTailInput
	pattern *logfilter.Pattern
	from    time.Time
	until   time.Time
	seen    map[string]int64 // chunks that were shown, with their second
	names   map[int64]string
	buffer  []byte
	ended   bool
}

var _ io.ReadCloser = (*tail)(nil)

// Read waits for the next update. It is called by one goroutine.
func (t *tail) Read(b []byte) (int, error) {
	for len(t.buffer) == 0 {
		if t.ended {
			return 0, io.EOF
		}
		timer := time.NewTimer(tailEvery)
		select {
		case <-timer.C:
		case <-t.ctx.Done():
			timer.Stop()
			return 0, io.EOF
		}
		if err := t.update(); err != nil {
			if t.ctx.Err() != nil {
				return 0, io.EOF
			}
			t.cancel()
			return 0, err
		}
	}
	n := copy(b, t.buffer)
	t.buffer = t.buffer[n:]
	return n, nil
}

// Close ends the session, also while a Read waits.
func (t *tail) Close() error {
	t.cancel()
	return nil
}

func (t *tail) update() error {
	now := t.Clock()
	if !now.Before(t.until) {
		t.ended = true
		t.buffer = wire.AppendException(nil, "SessionTimeoutException", []byte(`{"message":"The session has lasted three hours, or its credentials have expired. Start another."}`))
		return nil
	}
	var u sessionUpdate
	fresh := map[string]int64{}
	err := t.reading(t.ctx, t.call, t.groups, func(tx store.Tx, keys opened) error {
		u.Results = []tailEvent{}
		clear(fresh)
		for _, g := range t.groups {
			for second := max(now.Unix()-tailBack, t.from.Unix()); second <= now.Unix(); second++ {
				for k, err := range chunks.EachRef(tx, "fresh", store.K(g.ID, second)) {
					if err != nil {
						return err
					}
					if _, known := t.seen[k.ID]; known || k.Ingested < t.from.UnixMilli() {
						continue
					}
					fresh[k.ID] = second
					if err := t.show(tx, g, k, keys, &u); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, second := range fresh {
		t.seen[id] = second
	}
	for id, second := range t.seen {
		if second < now.Unix()-2*tailBack {
			delete(t.seen, id)
		}
	}
	slices.SortStableFunc(u.Results, func(a, b tailEvent) int { return int(a.Timestamp - b.Timestamp) })
	u.Results, u.Metadata.Sampled = sample(u.Results)
	raw, err := json.Marshal(u)
	if err != nil {
		return err
	}
	t.buffer = wire.AppendEvent(t.buffer[:0], "sessionUpdate", raw)
	return nil
}

// tailHeld bounds what an update holds before it is sampled.
const tailHeld = 20_000

// show adds the events of a chunk that match.
func (t *tail) show(tx store.Tx, g *Group, k *Chunk, keys opened, u *sessionUpdate) error {
	name, ok := t.names[k.Stream]
	if !ok {
		x, err := streams.ByUnique(tx, "id", store.K(k.Stream))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(t.names) > 10_000 {
			clear(t.names)
		}
		name = x.Name
		t.names[k.Stream] = name
	}
	if !t.wants(name) {
		return nil
	}
	return t.open(tx, k, keys, func(e *Event) bool {
		if t.pattern.Match(e.Message) {
			u.Results = append(u.Results, tailEvent{g.Account + ":" + g.Name, name, e.Message, e.Time, e.Ingested})
		}
		return len(u.Results) < tailHeld
	})
}

func (t *tail) wants(stream string) bool {
	if len(t.in.LogStreamNames) == 0 && len(t.in.LogStreamNamePrefixes) == 0 {
		return true
	}
	return slices.Contains(t.in.LogStreamNames, stream) ||
		slices.ContainsFunc(t.in.LogStreamNamePrefixes, func(p string) bool { return strings.HasPrefix(stream, p) })
}

// sample keeps as many events as an update has at most, from all of it, and within what one event of a stream carries.
func sample(all []tailEvent) ([]tailEvent, bool) {
	out, size := make([]tailEvent, 0, min(len(all), tailSample)), 0
	n := min(len(all), tailSample)
	for i := range n {
		e := all[i*len(all)/n]
		if size += len(e.Message) + 200; size > tailBytes && len(out) > 0 {
			break
		}
		out = append(out, e)
	}
	return out, len(out) < len(all)
}

// tailBytes bounds an update: a message of a stream has 16 MiB at most, and clients hold it whole.
const tailBytes = 4 << 20
