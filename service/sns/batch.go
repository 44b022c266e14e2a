package sns

import (
	"errors"
	"regexp"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
)

// maxBatch is the number of entries in a batch. API reference: "PublishBatch".
const maxBatch = 10

var notInID = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// checkBatch refuses a batch that is wrong as a whole.
func checkBatch(entries []api.PublishBatchRequestEntry) error {
	switch {
	case len(entries) == 0:
		return api.EmptyBatchRequestException.New("The batch request doesn't contain any entries.")
	case len(entries) > maxBatch:
		return api.TooManyEntriesInBatchRequestException.New("The batch request contains more entries than permissible.")
	}
	ids := map[string]bool{}
	for i := range entries {
		id := wire.Text(entries[i].Id)
		switch {
		case id == "" || notInID.MatchString(id):
			return api.InvalidBatchEntryIdException.New("The Id of a batch entry in the batch request contains an impermissible character: %s", bounded(id, 100))
		case len(id) > 80:
			return api.InvalidBatchEntryIdException.New("The Id of a batch entry in the batch request is too long: %s", bounded(id, 200))
		case ids[id]:
			return api.BatchEntryIdsNotDistinctException.New("Two or more batch entries in the request have the same Id.")
		}
		ids[id] = true
	}
	return nil
}

func (s *Service) publishBatch(c *service.Call, in *api.PublishBatchInput) (*api.PublishBatchOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.PublishBatchRequestEntries); err != nil {
		return nil, err
	}
	out := &api.PublishBatchOutput{Failed: []api.BatchResultErrorEntry{}, Successful: []api.PublishBatchResultEntry{}}
	g, err := s.readGuard(c, t)
	if err != nil {
		return nil, err
	}
	letters, err := t.readAll(in.PublishBatchRequestEntries, out, func(l *letter) error { return s.enforce(c, t, g, l) })
	if err != nil {
		return nil, err
	}
	if len(letters) == 0 {
		return out, nil
	}
	err = s.accept(c, t, letters, func() any {
		out.Successful = out.Successful[:0]
		for _, l := range letters {
			out.Successful = append(out.Successful, api.PublishBatchResultEntry{Id: l.entry.Id, MessageId: &l.message.ID, SequenceNumber: l.sequence()})
		}
		return out
	})
	return out, err
}

// readAll reads the entries of a batch. One that is wrong fails alone, unless AWS refuses the whole batch for it.
func (t *Topic) readAll(entries []api.PublishBatchRequestEntry, out *api.PublishBatchOutput, enforce func(*letter) error) ([]*letter, error) {
	var letters []*letter
	total := 0
	for i := range entries {
		e := &entries[i]
		if t.FIFO && wire.Text(e.MessageGroupId) == "" {
			return nil, invalid("The MessageGroupId parameter is required for FIFO topics")
		}
		l, err := t.read(e)
		if l != nil {
			total += l.size
		}
		if err == nil {
			err = enforce(l)
		}
		if err != nil {
			failed, err := failure(e.Id, err)
			if err != nil {
				return nil, err
			}
			out.Failed = append(out.Failed, failed)
			continue
		}
		letters = append(letters, l)
	}
	if total > maxMessage {
		return nil, api.BatchRequestTooLongException.New("The length of all the messages put together is more than the limit.")
	}
	return letters, nil
}

// failure is the answer for one entry of a batch. What is no modelled error fails the whole batch.
func failure(id *string, err error) (api.BatchResultErrorEntry, error) {
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape.Fault {
		return api.BatchResultErrorEntry{}, err
	}
	return api.BatchResultErrorEntry{Id: id, Code: &e.Shape.Code, Message: &e.Message, SenderFault: new(true)}, nil
}
