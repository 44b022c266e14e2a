package logs

import (
	"strings"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

const typeGroup = "AWS::Logs::LogGroup"

// finding is what a rule has found: what does not exist is nil.
type finding struct {
	group  *Group
	stream *Stream

	metrics   []*MetricFilter // of PutLogEvents
	subs      []*Subscription
	guards    []guard  // data protection policies, of the account and of the group
	transform string   // configuration of its transformer
	fields    []string // that are indexed
	count     Count    // nil when nothing counts in the group
	counting  bool     // count was looked for
}

func found(c *service.Call) *finding {
	f, _ := c.Found.(*finding)
	if f == nil {
		f = &finding{}
	}
	return f
}

// group is the group that the rule has found.
func (s *Service) group(c *service.Call) (*Group, error) {
	if g := found(c).group; g != nil {
		return g, nil
	}
	return nil, noGroup()
}

// standardGroup is the group that the rule has found, for what those of other classes do not have. The words are AWS's. User Guide: "Log classes".
func (s *Service) standardGroup(c *service.Call) (*Group, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	return g, standardOnly(g)
}

func standardOnly(g *Group) error {
	if g.Class != api.LogGroupClassStandard {
		return api.ValidationException.New("This operation is only supported on the Standard log class.")
	}
	return nil
}

// stream is the stream that the rule has found, and its group.
func (s *Service) stream(c *service.Call) (*Group, *Stream, error) {
	f := found(c)
	switch {
	case f.group == nil:
		return nil, nil, noGroup()
	case f.stream == nil:
		return nil, nil, noStream()
	}
	return f.group, f.stream, nil
}

// groupName reads the name of a group of the call's account and Region off its name or ARN.
func groupName(c *service.Call, identifier string) (string, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		if identifier == "" || strings.ContainsAny(identifier, ":*=+@, ") {
			return "", invalid("The specified log group identifier %s is invalid.", bounded(identifier, 200))
		}
		return identifier, nil
	}
	a, err := arn.Parse(identifier)
	name, ok := strings.CutPrefix(a.Resource, "log-group:")
	name = strings.TrimSuffix(name, ":*")
	if err != nil || !ok || a.Service != "logs" || name == "" || strings.Contains(name, ":") {
		return "", invalid("The specified log group identifier %s is invalid.", bounded(identifier, 200))
	}
	if a.Account != c.Account || a.Region != c.Region {
		return "", noGroup() // another account's log groups are seen from a monitoring account only, which there is none
	}
	return name, nil
}

// pick reads the name of a group off the two parameters that may give it.
func pick(c *service.Call, name, identifier *string) (string, error) {
	switch {
	case name != nil && identifier != nil:
		return "", invalid("LogGroup name and LogGroup ARN are mutually exclusive parameters.")
	case identifier != nil:
		return groupName(c, *identifier)
	case name == nil:
		return "", invalid("One of LogGroup name or LogGroup identifier must be specified.")
	}
	return *name, nil
}

// onGroup makes the rule of an operation on a log group. AWS asks about a group as about a stream without a name, so that the ARN with :* behind it, which
// describe-log-groups shows, matches. User Guide: "Using identity-based policies (IAM policies) for CloudWatch Logs".
func onGroup[In any](s *Service, names func(*In) (name, identifier *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		name, err := pick(c, first(names(in)), second(names(in)))
		if err != nil {
			return nil, err
		}
		q, err := s.ask(c, name, "")
		return []service.Question{q}, err
	}
}

func first(a, _ *string) *string  { return a }
func second(_, b *string) *string { return b }

// onStream makes the rule of an operation on a log stream.
func onStream[In any](s *Service, names func(*In) (name, identifier, stream *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		a, b, stream := names(in)
		name, err := pick(c, a, b)
		if err != nil {
			return nil, err
		}
		q, err := s.ask(c, name, wire.Text(stream))
		return []service.Question{q}, err
	}
}

// ask is the question about a group, or about a stream in it, that may not exist.
func (s *Service) ask(c *service.Call, name, stream string) (service.Question, error) {
	f, err := s.find(c, name, stream)
	if err != nil {
		return service.Question{}, err
	}
	c.Found = f
	a := groupARN(c.Account, c.Region, name)
	q := service.Question{Resource: a + ":log-stream:" + stream, Account: c.Account, ResourceType: typeGroup, Context: map[string][]string{}}
	c.Record().Resources = []service.Resource{{ARN: a, Account: c.Account, Type: typeGroup}}
	if f.group != nil {
		service.ResourceTags(q.Context, service.TagMap(f.group.Tags))
	}
	q.Policy, err = s.resourcePolicy(c, name, a)
	return q, err
}

func (s *Service) find(c *service.Call, name, stream string) (*finding, error) {
	f := &finding{}
	g, err := groups.Get(c.Tx, store.K(c.Account, c.Region, name))
	if store.IsAbsent(err) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f.group = g
	if stream == "" {
		return f, nil
	}
	st, err := streams.Get(c.Tx, store.K(g.ID, stream))
	if err == nil {
		f.stream = st
	}
	if store.IsAbsent(err) {
		err = nil
	}
	return f, err
}

// onGroups is the rule of operations that list groups.
func onGroups[In any](c *service.Call, _ *In) ([]service.Question, error) {
	return []service.Question{{Resource: groupARN(c.Account, c.Region, "") + ":log-stream:"}}, nil
}

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}
