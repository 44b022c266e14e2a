package sqs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Task moves messages out of a dead-letter queue. Developer guide: "Learn how to configure a dead-letter queue redrive in Amazon SQS".
type Task struct {
	Account, Region, Source string // the queue's name
	Started                 time.Time
	ID                      string
	Space                   string   // of the source
	Until                   int64    // number after those of the messages that were there when it began
	Destination             string   // ARN; "" is where each message came from
	Asked                   []string `json:",omitempty"` // ARNs of the queues that messages may go to then: who began the task may send to these
	Rate                    int64    // messages a second, 0 for as fast as possible
	Status                  string
	Moved                   int64
	ToMove                  int64
	Failure                 string `json:",omitempty"`
	Ended                   time.Time
}

var tasks = &store.Table[Task]{
	Name: "sqs.task",
	Key: func(t *Task) store.Key { // the newest first
		return store.K(t.Account, t.Region, t.Source, -t.Started.UnixNano(), t.ID)
	},
	Refs: map[string]func(*Task) []store.Key{
		"active": func(t *Task) []store.Key {
			if !t.active() {
				return nil
			}
			return []store.Key{store.K("all"), store.K(t.Account, t.Region), store.K(t.Account, t.Region, t.Source)}
		},
	},
}

// The states of a task. API reference: "ListMessageMoveTasks".
const (
	running    = "RUNNING"
	completed  = "COMPLETED"
	cancelling = "CANCELLING"
	cancelled  = "CANCELLED"
	failed     = "FAILED"
)

func (t *Task) active() bool { return t.Status == running || t.Status == cancelling }

func (s *Service) moveOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpStartMessageMoveTask, s.onStart, s.startMove),
		service.Writes(api.OpCancelMessageMoveTask, s.onCancel, s.cancelMove),
		service.Reads(api.OpListMessageMoveTasks, func(c *service.Call, in *api.ListMessageMoveTasksInput) ([]service.Question, error) {
			q, err := s.onARN(c, own, wire.Text(in.SourceArn), "SourceArn")
			return []service.Question{q}, err
		}, s.listMoves),
	}
}

const (
	maxRate   = 500
	maxActive = 100
)

// onStart asks for what the task will do in the caller's name.
func (s *Service) onStart(c *service.Call, in *api.StartMessageMoveTaskInput) ([]service.Question, error) {
	source, err := s.onARN(c, own, wire.Text(in.SourceArn), "SourceArn")
	if err != nil {
		return nil, err
	}
	questions := []service.Question{source}
	for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
		more := source
		more.Action = action
		questions = append(questions, more)
	}
	queue, _ := c.Found.(*Queue)
	if in.DestinationArn != nil {
		to, err := s.onARN(c, own, *in.DestinationArn, "DestinationArn")
		if err != nil {
			return nil, err
		}
		to.Action = "sqs:SendMessage"
		questions = append(questions, to)
	} else if queue != nil {
		sources, err := sourcesOf(c.Tx, queue)
		if err != nil {
			return nil, err
		}
		for _, from := range sources {
			to, err := s.onQueue(c, own, from.Account, from.Name)
			if err != nil {
				return nil, err
			}
			to.Action = "sqs:SendMessage"
			questions = append(questions, to)
		}
	}
	c.Found = queue
	c.Record().Resources = []service.Resource{{ARN: source.Resource, Account: source.Account, Type: typeQueue}}
	return questions, nil
}

// sourcesOf are the queues that have this one as their dead-letter queue.
func sourcesOf(tx store.Tx, dead *Queue) (list []*Queue, err error) {
	for q, err := range queues.EachRef(tx, "dead", store.K(dead.Account, dead.Region, dead.Name)) {
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return list, nil
}

func (s *Service) startMove(c *service.Call, in *api.StartMessageMoveTaskInput) (*api.StartMessageMoveTaskOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, noSuchARN("SourceArn")
	}
	t := &Task{Account: q.Account, Region: q.Region, Source: q.Name, Started: c.Time, Space: q.Space, Destination: wire.Text(in.DestinationArn), Status: running}
	if n := in.MaxNumberOfMessagesPerSecond; n != nil {
		if *n < 1 || *n > maxRate {
			return nil, badValue(strconv.FormatInt(*n, 10), "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.")
		}
		t.Rate = *n
	}
	if err := s.startable(c, q, t); err != nil {
		return nil, err
	}
	n, err := countIn(c.Tx, q, c.Time)
	if err != nil {
		return nil, err
	}
	t.ToMove = int64(n.visible + n.flying + n.delayed)
	t.Until = s.sequence(c.Time)
	if t.ID, err = newID(s.Rand); err != nil {
		return nil, err
	}
	if t.Destination == "" {
		sources, err := sourcesOf(c.Tx, q) // the rule has asked about these, in this transaction
		if err != nil {
			return nil, err
		}
		for _, from := range sources {
			t.Asked = append(t.Asked, from.arn())
		}
	}
	if err := tasks.Insert(c.Tx, t); err != nil {
		return nil, err
	}
	if err := forgetTasks(c.Tx, q); err != nil {
		return nil, err
	}
	handle, err := t.handle()
	return &api.StartMessageMoveTaskOutput{TaskHandle: &handle}, err
}

// forgetTasks keeps as many tasks of a queue as a listing shows.
func forgetTasks(tx store.Tx, q *Queue) error {
	list, err := tasks.List(tx, store.K(q.Account, q.Region, q.Name), nil, 0)
	if err != nil {
		return err
	}
	for i, t := range list.Items {
		if i >= maxTasks && !t.active() {
			err = errors.Join(err, tasks.Delete(tx, tasks.Key(t)))
		}
	}
	return err
}

func noSuchARN(parameter string) error {
	return api.ResourceNotFoundException.New("The resource that you specified for the %s parameter doesn't exist.", parameter)
}

// startable refuses a task that cannot be.
func (s *Service) startable(c *service.Call, q *Queue, t *Task) error {
	if t.Destination != "" {
		region, account, name, _ := parseARN(t.Destination)
		to, err := queues.Get(c.Tx, store.K(account, region, name))
		switch {
		case store.IsAbsent(err):
			return noSuchARN("DestinationArn")
		case err != nil:
			return err
		case to.arn() == q.arn():
			return invalidParameterValue.New("Source queue arn and destination queue arn cannot be the same.")
		case to.FIFO != q.FIFO:
			return invalidParameterValue.New("Source and destination queues must be of the same type.")
		}
	}
	dead, err := queues.HasRef(c.Tx, "dead", store.K(q.Account, q.Region, q.Name))
	if err != nil {
		return err
	}
	if !dead {
		return invalidParameterValue.New("Source queue must be configured as a Dead Letter Queue.")
	}
	busy, err := tasks.HasRef(c.Tx, "active", store.K(q.Account, q.Region, q.Name))
	if err != nil {
		return err
	}
	if busy {
		return invalidParameterValue.New("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
	}
	n, err := tasks.CountRef(c.Tx, "active", store.K(q.Account, q.Region), maxActive)
	if err == nil && n == maxActive {
		return api.OverLimit.New("The account has %d active message movement tasks; it cannot have more.", maxActive)
	}
	return err
}

// taskHandle is what a handle says, in AWS's form.
type taskHandle struct {
	TaskID    string `json:"taskId"`
	SourceARN string `json:"sourceArn"`
}

func (t *Task) handle() (string, error) {
	b, err := json.Marshal(taskHandle{t.ID, queueARN(t.Account, t.Region, t.Source)})
	return base64.StdEncoding.EncodeToString(b), err
}

func readTaskHandle(text string) (*taskHandle, error) {
	var h taskHandle
	b, err := base64.StdEncoding.DecodeString(text)
	if len(text) > 2048 || err != nil || json.Unmarshal(b, &h) != nil || h.TaskID == "" {
		return nil, invalidParameterValue.New("Value for parameter TaskHandle is invalid.")
	}
	if _, _, _, ok := parseARN(h.SourceARN); !ok {
		return nil, invalidParameterValue.New("Value for parameter TaskHandle is invalid.")
	}
	return &h, nil
}

func (s *Service) onCancel(c *service.Call, in *api.CancelMessageMoveTaskInput) ([]service.Question, error) {
	h, err := readTaskHandle(wire.Text(in.TaskHandle))
	if err != nil {
		return nil, err
	}
	q, err := s.onARN(c, own, h.SourceARN, "SourceArn")
	return []service.Question{q}, err
}

func (s *Service) cancelMove(c *service.Call, in *api.CancelMessageMoveTaskInput) (*api.CancelMessageMoveTaskOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, noSuchARN("SourceArn")
	}
	h, err := readTaskHandle(wire.Text(in.TaskHandle))
	if err != nil {
		return nil, err
	}
	for t, err := range tasks.Each(c.Tx, store.K(q.Account, q.Region, q.Name)) {
		if err != nil {
			return nil, err
		}
		if t.ID != h.TaskID {
			continue
		}
		if t.Status != running {
			return nil, api.UnsupportedOperation.New("Only active tasks can be cancelled.")
		}
		t.Status = cancelling
		return &api.CancelMessageMoveTaskOutput{ApproximateNumberOfMessagesMoved: &t.Moved}, tasks.Update(c.Tx, t)
	}
	return nil, api.ResourceNotFoundException.New("Task does not exist.")
}

const maxTasks = 10

func (s *Service) listMoves(c *service.Call, in *api.ListMessageMoveTasksInput) (*api.ListMessageMoveTasksOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, noSuchARN("SourceArn")
	}
	most := 1
	if n := in.MaxResults; n != nil {
		if *n < 1 || *n > maxTasks {
			return nil, badValue(strconv.FormatInt(*n, 10), "MaxResults", "Must be between 1 and 10, if provided.")
		}
		most = int(*n)
	}
	list, err := tasks.List(c.Tx, store.K(q.Account, q.Region, q.Name), nil, most)
	if err != nil {
		return nil, err
	}
	out := &api.ListMessageMoveTasksOutput{Results: []api.ListMessageMoveTasksResultEntry{}}
	for _, t := range list.Items {
		e := api.ListMessageMoveTasksResultEntry{
			SourceArn: new(q.arn()), DestinationArn: wire.Optional(t.Destination), Status: &t.Status, StartedTimestamp: new(t.Started.UnixMilli()),
			ApproximateNumberOfMessagesMoved: &t.Moved, ApproximateNumberOfMessagesToMove: &t.ToMove, FailureReason: wire.Optional(t.Failure),
		}
		if t.Rate > 0 {
			e.MaxNumberOfMessagesPerSecond = &t.Rate
		}
		if t.Status == running {
			handle, err := t.handle()
			if err != nil {
				return nil, err
			}
			e.TaskHandle = &handle
		}
		out.Results = append(out.Results, e)
	}
	return out, nil
}
