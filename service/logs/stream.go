package logs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Stream is a log stream.
type Stream struct {
	Group string // ID
	Name  string

	ID       int64 // part of the places of its events
	Created  time.Time
	Next     int64 // number of the next event
	First    int64 `json:",omitempty"` // times of its oldest and newest event, in milliseconds; good when Next > 0
	Last     int64 `json:",omitempty"`
	Ingested int64 `json:",omitempty"` // when the last came, in milliseconds
	Small    int   `json:",omitempty"` // chunks, at most, that are small
}

var streams = &store.Table[Stream]{
	Name:   "logs.stream",
	Key:    func(x *Stream) store.Key { return store.K(x.Group, x.Name) },
	Unique: map[string]func(*Stream) store.Key{"id": func(x *Stream) store.Key { return store.K(x.ID) }},
}

func (s *Service) streamOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateLogStream, onStream(s, func(in *api.CreateLogStreamInput) (a, b, c *string) { return in.LogGroupName, nil, in.LogStreamName }), s.createStream),
		service.Writes(api.OpDeleteLogStream, onStream(s, func(in *api.DeleteLogStreamInput) (a, b, c *string) { return in.LogGroupName, nil, in.LogStreamName }), s.deleteStream),
		service.Reads(api.OpDescribeLogStreams, onGroup(s, func(in *api.DescribeLogStreamsInput) (a, b *string) { return in.LogGroupName, in.LogGroupIdentifier }), s.describeStreams),
	}
}

func (s *Service) createStream(c *service.Call, in *api.CreateLogStreamInput) (*api.CreateLogStreamOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	if found(c).stream != nil {
		return nil, api.ResourceAlreadyExistsException.New("The specified log stream already exists")
	}
	id, err := s.newNumber()
	if err != nil {
		return nil, err
	}
	return &api.CreateLogStreamOutput{}, streams.Insert(c.Tx, &Stream{Group: g.ID, Name: *in.LogStreamName, ID: id, Created: c.Time})
}

func (s *Service) deleteStream(c *service.Call, _ *api.DeleteLogStreamInput) (*api.DeleteLogStreamOutput, error) {
	_, st, err := s.stream(c)
	if err != nil {
		return nil, err
	}
	if err := streams.Delete(c.Tx, streams.Key(st)); err != nil {
		return nil, err
	}
	return &api.DeleteLogStreamOutput{}, litter.Put(c.Tx, &Litter{Group: st.Group, Stream: st.ID})
}

// streamsDescribed is the page of DescribeLogStreams. API reference: "DescribeLogStreams".
const streamsDescribed = 50

func (s *Service) describeStreams(c *service.Call, in *api.DescribeLogStreamsInput) (*api.DescribeLogStreamsOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	prefix, descending := wire.Text(in.LogStreamNamePrefix), in.Descending != nil && *in.Descending
	byTime := wire.Text(in.OrderBy) == api.OrderByLastEventTime
	if byTime && prefix != "" {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	p, err := s.pageOf(c, "streams\n"+g.ID+"\n"+wire.Text(in.OrderBy), in.Limit, streamsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeLogStreamsOutput{LogStreams: []api.LogStream{}}
	if !byTime && !descending {
		out.NextToken, err = visit(s, c, p, streams, store.K(g.ID), func(x *Stream) (bool, error) {
			if !strings.HasPrefix(x.Name, prefix) {
				return false, nil
			}
			out.LogStreams = append(out.LogStreams, x.shown(g))
			return true, nil
		})
		return out, err
	}
	list, next, err := ordered(c.Tx, g, p, prefix, byTime, descending)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		out.LogStreams = append(out.LogStreams, x.shown(g))
	}
	out.NextToken, err = p.Token(next)
	return out, err
}

// ordered is a page of streams in another order than that of the store: all are looked at, and those of the page are kept.
func ordered(tx store.Tx, g *Group, p service.Page, prefix string, byTime, descending bool) (list []*Stream, next store.Key, err error) {
	order := func(a, b *Stream) int {
		n := strings.Compare(a.Name, b.Name)
		if byTime {
			n = cmp.Or(cmp.Compare(a.Last, b.Last), n)
		}
		if descending {
			n = -n
		}
		return n
	}
	var from Stream
	if p.After != nil {
		if err := p.After.Parts(&from.Last, &from.Name); err != nil {
			return nil, nil, badToken()
		}
	}
	for x, err := range streams.Each(tx, store.K(g.ID)) {
		if err != nil {
			return nil, nil, err
		}
		if !strings.HasPrefix(x.Name, prefix) || p.After != nil && order(x, &from) <= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, x, order)
		if at <= p.Limit {
			list = slices.Insert(list, at, x)
			list = list[:min(len(list), p.Limit+1)]
		}
	}
	if len(list) > p.Limit {
		list = list[:p.Limit]
		last := list[p.Limit-1]
		next = store.K(last.Last, last.Name)
	}
	return list, next, nil
}

func (x *Stream) shown(g *Group) api.LogStream {
	out := api.LogStream{
		LogStreamName: &x.Name, Arn: new(g.arn() + ":log-stream:" + x.Name), CreationTime: new(x.Created.UnixMilli()), StoredBytes: new(int64(0)), // AWS counts no more
		UploadSequenceToken: new(x.sequence()),
	}
	if x.Next > 0 {
		out.FirstEventTimestamp, out.LastEventTimestamp, out.LastIngestionTime = &x.First, &x.Last, &x.Ingested
	}
	return out
}

// sequence is the token that PutLogEvents once wanted. It means nothing any more.
func (x *Stream) sequence() string { return placeID(x.Last, x.ID, x.Next) }
