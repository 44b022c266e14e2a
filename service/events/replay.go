package events

import (
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Replay sends the events of an archive to the rules of its bus once more.
type Replay struct {
	Account, Region, Name string

	Archive     string // name
	Space       string // of the archive
	Bus         string
	Only        []string `json:",omitempty"` // ARNs of the rules that it is for; none means all
	Description string   `json:",omitempty"`
	From, To    time.Time
	State       string
	Reason      string    `json:",omitempty"`
	Started     time.Time // when it was asked for
	Ended       time.Time `json:",omitzero"`
	Last        time.Time `json:",omitzero"` // of the last event that was sent
	Position    store.Key `json:",omitempty"`
}

var replays = &store.Table[Replay]{
	Name: "events.replay",
	Key:  func(r *Replay) store.Key { return store.K(r.Account, r.Region, r.Name) },
	Refs: map[string]func(*Replay) []store.Key{
		"active": func(r *Replay) []store.Key {
			if r.active() {
				return []store.Key{store.K("active")}
			}
			return nil
		},
	},
}

func (r *Replay) arn() string {
	return "arn:aws:events:" + r.Region + ":" + r.Account + ":replay/" + r.Name
}

func (r *Replay) active() bool {
	switch r.State {
	case api.ReplayStateStarting, api.ReplayStateRunning, api.ReplayStateCancelling:
		return true
	}
	return false
}

// maxReplays is how many replays of an account and region run at a time. User Guide: "Amazon EventBridge quotas".
const maxReplays = 10

func (s *Service) replayOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpStartReplay, s.onNewReplay, s.startReplay),
		service.Writes(api.OpCancelReplay, onReplay(func(in *api.CancelReplayInput) *string { return in.ReplayName }), s.cancelReplay),
		service.Reads(api.OpDescribeReplay, onReplay(func(in *api.DescribeReplayInput) *string { return in.ReplayName }), s.describeReplay),
		service.Reads(api.OpListReplays, onAny[api.ListReplaysInput], s.listReplays),
	}
}

func onReplay[In any](name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		r := &Replay{Account: c.Account, Region: c.Region, Name: wire.Text(name(in))}
		have, err := replays.Get(c.Tx, replays.Key(r))
		c.Found = onFound[Replay]{have, api.ResourceNotFoundException.New("Replay %s does not exist.", r.Name)}
		if store.IsAbsent(err) {
			err = nil
		}
		return []service.Question{{Resource: r.arn(), ResourceType: "AWS::Events::Replay"}}, err
	}
}

// onNewReplay asks about the replay, the archive and the bus.
func (s *Service) onNewReplay(c *service.Call, in *api.StartReplayInput) ([]service.Question, error) {
	qs := []service.Question{{Resource: (&Replay{Account: c.Account, Region: c.Region, Name: wire.Text(in.ReplayName)}).arn(), ResourceType: "AWS::Events::Replay"}}
	if name, ok := archiveName(c, in); ok {
		qs = append(qs, service.Question{Resource: (&Archive{Account: c.Account, Region: c.Region, Name: name}).arn()})
	}
	if n, ok := parseBus(wire.Text(in.Destination.Arn)); ok && n.account == c.Account && n.region == c.Region {
		q, _, err := s.askBus(c.Tx, n)
		return append(qs, q), err
	}
	return qs, nil // the handler refuses it
}

func archiveName(c *service.Call, in *api.StartReplayInput) (string, bool) {
	a, err := arn.Parse(wire.Text(in.EventSourceArn))
	if err != nil || a.Service != "events" || a.Account != c.Account || a.Region != c.Region {
		return "", false
	}
	return strings.CutPrefix(a.Resource, "archive/")
}

func (s *Service) startReplay(c *service.Call, in *api.StartReplayInput) (*api.StartReplayOutput, error) {
	name, ok := archiveName(c, in)
	if !ok {
		return nil, invalid("Parameter EventSourceArn is not valid. Reason: Must contain an archive ARN of this account and region.")
	}
	a, err := archives.Get(c.Tx, store.K(c.Account, c.Region, name))
	if store.IsAbsent(err) {
		return nil, invalid("Parameter EventSourceArn is not valid. Reason: Archive %s does not exist.", name)
	}
	if err != nil {
		return nil, err
	}
	r := &Replay{
		Account: c.Account, Region: c.Region, Name: *in.ReplayName, Archive: name, Space: a.Space, Bus: a.Bus, Only: in.Destination.FilterArns, Description: wire.Text(in.Description),
		From: in.EventStartTime.UTC(), To: in.EventEndTime.UTC(), State: api.ReplayStateStarting, Started: c.Time,
	}
	switch {
	case wire.Text(in.Destination.Arn) != a.busName().arn():
		return nil, invalid("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.")
	case !r.From.Before(r.To):
		return nil, invalid("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.")
	}
	for _, text := range r.Only {
		rule, err := arn.Parse(text)
		n, ok := parseRule(rule)
		if err != nil || !ok || n.bus != a.busName() {
			return nil, invalid("Parameter Destination.FilterArns is not valid. Reason: %s is not a rule of the event bus.", clipped(text, 200))
		}
	}
	if has, err := replays.Has(c.Tx, replays.Key(r)); err != nil {
		return nil, err
	} else if has {
		return nil, api.ResourceAlreadyExistsException.New("Replay %s already exists.", r.Name)
	}
	running := 0
	for other, err := range replays.EachRef(c.Tx, "active", store.K("active")) {
		if err != nil {
			return nil, err
		}
		if other.Account == c.Account && other.Region == c.Region {
			running++
		}
	}
	if running >= maxReplays {
		return nil, overLimit()
	}
	return &api.StartReplayOutput{ReplayArn: new(r.arn()), ReplayStartTime: &r.Started, State: &r.State}, replays.Insert(c.Tx, r)
}

func (s *Service) cancelReplay(c *service.Call, _ *api.CancelReplayInput) (*api.CancelReplayOutput, error) {
	r, err := found[Replay](c)
	if err != nil {
		return nil, err
	}
	if r.State != api.ReplayStateStarting && r.State != api.ReplayStateRunning {
		return nil, api.IllegalStatusException.New("Replay %s is not in a valid state for this operation.", r.Name)
	}
	r.State = api.ReplayStateCancelling
	return &api.CancelReplayOutput{ReplayArn: new(r.arn()), State: &r.State}, replays.Update(c.Tx, r)
}

func (s *Service) describeReplay(c *service.Call, _ *api.DescribeReplayInput) (*api.DescribeReplayOutput, error) {
	r, err := found[Replay](c)
	if err != nil {
		return nil, err
	}
	return &api.DescribeReplayOutput{
		ReplayArn: new(r.arn()), ReplayName: &r.Name, Description: wire.Optional(r.Description), State: &r.State, StateReason: wire.Optional(r.Reason),
		EventSourceArn: new(r.archiveARN()), Destination: &api.ReplayDestination{Arn: new(busName{r.Account, r.Region, r.Bus}.arn()), FilterArns: r.Only},
		EventStartTime: &r.From, EventEndTime: &r.To, EventLastReplayedTime: at(r.Last), ReplayStartTime: &r.Started, ReplayEndTime: at(r.Ended),
	}, nil
}

func (r *Replay) archiveARN() string {
	return (&Archive{Account: r.Account, Region: r.Region, Name: r.Archive}).arn()
}

func (s *Service) listReplays(c *service.Call, in *api.ListReplaysInput) (*api.ListReplaysOutput, error) {
	p, err := s.pageOf("replays", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListReplaysOutput{Replays: []api.Replay{}}
	out.NextToken, err = visit(p, c.Tx, replays, store.K(c.Account, c.Region), func(r *Replay) (bool, error) {
		source := r.archiveARN()
		if !strings.HasPrefix(r.Name, wire.Text(in.NamePrefix)) || in.EventSourceArn != nil && *in.EventSourceArn != source || in.State != nil && *in.State != r.State {
			return false, nil
		}
		out.Replays = append(out.Replays, api.Replay{
			ReplayName: &r.Name, State: &r.State, StateReason: wire.Optional(r.Reason), EventSourceArn: &source, EventStartTime: &r.From, EventEndTime: &r.To,
			EventLastReplayedTime: at(r.Last), ReplayStartTime: &r.Started, ReplayEndTime: at(r.Ended),
		})
		return true, nil
	})
	return out, err
}
