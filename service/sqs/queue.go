package sqs

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Queue is one queue. Its messages are in a space of their own, so that all of them go at once: with the queue, or with a purge.
type Queue struct {
	Account, Region, Name string

	Space    string // where its messages are
	FIFO     bool   `json:",omitempty"`
	Created  time.Time
	Modified time.Time
	Purged   time.Time `json:",omitzero"`
	Settings Settings
	Tags     map[string]string `json:",omitempty"`

	Policy   string            `json:",omitempty"` // with unique IDs in place of principals
	Owners   map[string]string `json:",omitempty"` // accounts of these IDs
	DeadTo   string            `json:",omitempty"` // name of the queue that takes what is received in vain
	Received int               `json:",omitempty"` // times that a message is received before it goes there
}

var queues = &store.Table[Queue]{
	Name: "sqs.queue",
	Key:  func(q *Queue) store.Key { return store.K(q.Account, q.Region, q.Name) },
	Refs: map[string]func(*Queue) []store.Key{
		"dead": func(q *Queue) []store.Key {
			if q.DeadTo == "" {
				return nil
			}
			return []store.Key{store.K(q.Account, q.Region, q.DeadTo)}
		},
	},
}

// Deleted remembers the name of a deleted queue: it cannot be used again at once.
type Deleted struct {
	Account, Region, Name string
	Time                  time.Time
}

var deleted = &store.Table[Deleted]{
	Name: "sqs.deleted",
	Key:  func(d *Deleted) store.Key { return store.K(d.Account, d.Region, d.Name) },
}

// reuse is how long a name is not to be had after its queue was deleted. API reference: "CreateQueue".
const reuse = 60 * time.Second

func (q *Queue) arn() string { return queueARN(q.Account, q.Region, q.Name) }

func queueARN(account, region, name string) string {
	return "arn:aws:sqs:" + region + ":" + account + ":" + name
}

func (s *Service) queueOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateQueue, s.onNewQueue, s.createQueue),
		service.Writes(api.OpDeleteQueue, on(s, own, func(in *api.DeleteQueueInput) *string { return in.QueueUrl }), s.deleteQueue),
		service.Reads(api.OpGetQueueUrl, s.onNamed, s.getQueueURL).OnData(),
		service.Reads(api.OpListQueues, onAny[api.ListQueuesInput], s.listQueues).OnData(),
	}
}

var (
	queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	fifoName  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,75}\.fifo$`)
)

func (s *Service) createQueue(c *service.Call, in *api.CreateQueueInput) (*api.CreateQueueOutput, error) {
	name := wire.Text(in.QueueName)
	if q, err := found(c); err == nil {
		return s.sameQueue(c, q, in.Attributes)
	}
	fifo := in.Attributes["FifoQueue"]
	switch {
	case fifo == "false": // AWS refuses what says the default
		return nil, unknownAttribute("FifoQueue")
	case fifo != "" && fifo != "true":
		return nil, badAttribute("FifoQueue")
	case fifo == "true" && !fifoName.MatchString(name):
		return nil, invalidParameterValue.New("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	case fifo == "" && !queueName.MatchString(name):
		return nil, invalidParameterValue.New("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	if err := s.nameFree(c, name); err != nil {
		return nil, err
	}
	space, err := s.newSpace()
	if err != nil {
		return nil, err
	}
	q := &Queue{Account: c.Account, Region: c.Region, Name: name, FIFO: fifo == "true", Space: space, Created: c.Time, Settings: defaults()}
	if err := s.set(c, q, in.Attributes, true); err != nil {
		return nil, err
	}
	if q.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if err := queues.Insert(c.Tx, q); err != nil {
		return nil, err
	}
	return &api.CreateQueueOutput{QueueUrl: new(address(c, q))}, nil
}

// nameFree refuses the name of a queue that was deleted a moment ago, and forgets one that was deleted before.
func (s *Service) nameFree(c *service.Call, name string) error {
	key := store.K(c.Account, c.Region, name)
	d, err := deleted.Get(c.Tx, key)
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Time.Before(d.Time.Add(reuse)) {
		return api.QueueDeletedRecently.New("You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	}
	return deleted.Delete(c.Tx, key)
}

// sameQueue answers a creation of what exists: it is the same only if every attribute that is named has that value.
func (s *Service) sameQueue(c *service.Call, q *Queue, attributes map[string]string) (*api.CreateQueueOutput, error) {
	asked := *q
	if _, stated := attributes["FifoQueue"]; stated && !q.FIFO {
		return nil, unknownAttribute("FifoQueue")
	}
	if err := s.set(c, &asked, attributes, true); err != nil {
		return nil, err
	}
	has, err := s.shown(c, q)
	if err != nil {
		return nil, err
	}
	wants, err := s.shown(c, &asked)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if has[name] != wants[name] {
			return nil, api.QueueNameExists.New("A queue already exists with the same name and a different value for attribute %s", name)
		}
	}
	return &api.CreateQueueOutput{QueueUrl: new(address(c, q))}, nil
}

func (s *Service) newSpace() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random space: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func (s *Service) deleteQueue(c *service.Call, in *api.DeleteQueueInput) (*api.DeleteQueueOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if err := queues.Delete(c.Tx, store.K(q.Account, q.Region, q.Name)); err != nil {
		return nil, err
	}
	if err := deleted.Put(c.Tx, &Deleted{Account: q.Account, Region: q.Region, Name: q.Name, Time: c.Time}); err != nil {
		return nil, err
	}
	if err := c.Tx.Ring(q.arn()); err != nil { // who waits for messages is told
		return nil, err
	}
	return &api.DeleteQueueOutput{}, litter.Put(c.Tx, &Litter{Space: q.Space, FIFO: q.FIFO, Time: c.Time})
}

func (s *Service) getQueueURL(c *service.Call, in *api.GetQueueUrlInput) (*api.GetQueueUrlOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	return &api.GetQueueUrlOutput{QueueUrl: new(address(c, q))}, nil
}

// maxListed is the largest page of queues.
const maxListed = 1000

func (s *Service) listQueues(c *service.Call, in *api.ListQueuesInput) (*api.ListQueuesOutput, error) {
	p, err := pageOf(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListQueuesOutput{}
	prefix := wire.Text(in.QueueNamePrefix)
	out.NextToken, err = p.visit(c.Tx, queues, store.K(c.Account, c.Region), func(q *Queue) bool {
		if !strings.HasPrefix(q.Name, prefix) {
			return false
		}
		out.QueueUrls = append(out.QueueUrls, address(c, q))
		return true
	})
	return out, err
}
