package sns

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Topic is one topic. Its subscriptions and messages are in a space of their own, so that a topic of the same name that comes later has none of them.
type Topic struct {
	Account, Region, Name string

	Space    string
	FIFO     bool `json:",omitempty"`
	Created  time.Time
	Settings Settings
	Tags     map[string]string `json:",omitempty"`

	Policy  string            `json:",omitempty"` // with unique IDs in place of principals; "" is the default policy
	Owners  map[string]string `json:",omitempty"` // accounts of these IDs
	Deleted int               `json:",omitempty"` // subscriptions that were deleted
	Guard   string            `json:",omitempty"` // ID of its data protection policy, which changes with it; "" without one
}

var topics = &store.Table[Topic]{
	Name: "sns.topic",
	Key:  func(t *Topic) store.Key { return store.K(t.Account, t.Region, t.Name) },
}

// Litter is what a deleted topic has left, for a job to clear away.
type Litter struct {
	Space string
	Time  time.Time
}

var litter = &store.Table[Litter]{
	Name: "sns.litter",
	Key:  func(l *Litter) store.Key { return store.K(l.Space) },
}

func (t *Topic) key() store.Key { return store.K(t.Account, t.Region, t.Name) }

func (t *Topic) arn() string { return topicARN(t.Account, t.Region, t.Name) }

func topicARN(account, region, name string) string {
	return "arn:aws:sns:" + region + ":" + account + ":" + name
}

var (
	topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	fifoName  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,251}\.fifo$`)
)

func isTopicName(s string) bool { return topicName.MatchString(s) || fifoName.MatchString(s) }

// parseTopicARN reads a topic's ARN. parameter names it in the error.
func parseTopicARN(text, parameter string) (region, account, name string, err error) {
	a, err := arn.Parse(text)
	if err != nil {
		return "", "", "", notARN(text, parameter)
	}
	if a.Service != "sns" || !arn.IsAccount(a.Account) || a.Region == "" || !isTopicName(a.Resource) {
		return "", "", "", invalid("%s", parameter)
	}
	return a.Region, a.Account, a.Resource, nil
}

func notARN(text, parameter string) *wire.Error {
	if n := strings.Count(text, ":") + 1; n < 6 {
		return invalid("%s Reason: An ARN must have at least 6 elements, not %d", parameter, n)
	}
	return invalid("%s", parameter)
}

func (s *Service) topicOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateTopic, s.onNewTopic, s.createTopic),
		service.Writes(api.OpDeleteTopic, on(s, shared, func(in *api.DeleteTopicInput) *string { return in.TopicArn }), s.deleteTopic),
		service.Reads(api.OpListTopics, onAny[api.ListTopicsInput], s.listTopics),
	}
}

func (s *Service) createTopic(c *service.Call, in *api.CreateTopicInput) (*api.CreateTopicOutput, error) {
	if _, err := found(c); err != nil { // it is new
		t := &Topic{Account: c.Account, Region: c.Region, Name: wire.Text(in.Name), FIFO: in.Attributes["FifoTopic"] == "true"}
		if err := s.checkProtection(c, t, wire.Text(in.DataProtectionPolicy)); err != nil {
			return nil, err
		}
	}
	out := &api.CreateTopicOutput{}
	return out, c.Commit(func(store.Tx) error {
		made, err := s.newTopic(c, in)
		if err == nil {
			*out = *made
			c.Record().Response = out
		}
		return err
	})
}

// newTopic is the part of createTopic in the transaction.
func (s *Service) newTopic(c *service.Call, in *api.CreateTopicInput) (*api.CreateTopicOutput, error) {
	name, fifo := wire.Text(in.Name), in.Attributes["FifoTopic"] == "true"
	switch {
	case fifo && !fifoName.MatchString(name):
		return nil, invalid("Topic Name Reason: the name of a FIFO topic has letters, digits, underscores and hyphens, 1 to 256 with its suffix .fifo")
	case !fifo && !topicName.MatchString(name):
		return nil, invalid("Topic Name")
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if t, err := found(c); err == nil {
		return s.sameTopic(c, t, in.Attributes, in.Tags, tags)
	}
	t := &Topic{Account: c.Account, Region: c.Region, Name: name, FIFO: fifo, Created: c.Time, Tags: tags}
	if t.Space, err = s.newSpace(); err != nil {
		return nil, err
	}
	if err := s.set(c, t, in.Attributes, true); err != nil {
		return nil, err
	}
	if text := wire.Text(in.DataProtectionPolicy); text != "" {
		if err := s.protect(c, c.Tx, t, text); err != nil {
			return nil, err
		}
	}
	return &api.CreateTopicOutput{TopicArn: new(t.arn())}, topics.Insert(c.Tx, t)
}

// sameTopic answers a creation of what exists: it is the same only if every attribute and tag that is named is the topic's.
func (s *Service) sameTopic(c *service.Call, t *Topic, attributes map[string]string, named []api.Tag, tags map[string]string) (*api.CreateTopicOutput, error) {
	asked := *t
	if err := s.set(c, &asked, attributes, true); err != nil {
		return nil, err
	}
	has, err := s.settingsShown(c, t)
	if err != nil {
		return nil, err
	}
	wants, err := s.settingsShown(c, &asked)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if has[name] != wants[name] {
			return nil, invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	if len(named) > 0 && !maps.Equal(tags, t.Tags) {
		return nil, invalid("Tags Reason: Topic already exists with different tags")
	}
	return &api.CreateTopicOutput{TopicArn: new(t.arn())}, nil
}

func (s *Service) newSpace() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random space: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// deleteTopic of one that does not exist does nothing. API reference: "DeleteTopic".
func (s *Service) deleteTopic(c *service.Call, _ *api.DeleteTopicInput) (*api.DeleteTopicOutput, error) {
	t, err := found(c)
	if err != nil {
		return &api.DeleteTopicOutput{}, nil
	}
	if err := topics.Delete(c.Tx, t.key()); err != nil {
		return nil, err
	}
	if err := protections.Delete(c.Tx, store.K(t.Space)); err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	return &api.DeleteTopicOutput{}, litter.Put(c.Tx, &Litter{Space: t.Space, Time: c.Time})
}

func (s *Service) listTopics(c *service.Call, in *api.ListTopicsInput) (*api.ListTopicsOutput, error) {
	p, err := s.pageOf("topics", in.NextToken)
	if err != nil {
		return nil, err
	}
	list, err := topics.List(c.Tx, store.K(c.Account, c.Region), p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListTopicsOutput{Topics: []api.Topic{}}
	for _, t := range list.Items {
		out.Topics = append(out.Topics, api.Topic{TopicArn: new(t.arn())})
	}
	out.NextToken, err = p.Token(list.Next)
	return out, err
}
