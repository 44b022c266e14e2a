package lambda

import (
	"errors"
	"time"

	"vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
)

// Logs go to CloudWatch Logs in the name of the execution role: without its permission, or without a log service, nothing is logged and the function
// runs all the same. Developer guide: "Sending Lambda function logs to CloudWatch Logs".

const (
	shipEvery = 200 * time.Millisecond // lines wait for others that go the same way
	muteTime  = time.Minute            // how long a stream that may not log is not asked again
	// Bounds of one PutLogEvents. API reference: "PutLogEvents".
	maxEvents     = 10_000
	maxEventBytes = 900 << 10
)

// ship sends the lines of all instances until the server ends.
func (s *Service) ship(w *service.Work) {
	for {
		select {
		case <-w.Done():
			return
		case <-s.logs.wake:
		}
		t := time.NewTimer(shipEvery)
		select {
		case <-w.Done():
			t.Stop()
			return
		case <-t.C:
		}
		s.shipNow(w)
	}
}

// shipNow sends what waits, stream by stream, in the order of the lines.
func (s *Service) shipNow(w *service.Work) {
	lines := s.logs.take(s.Clock())
	byStream := map[*stream][]logLine{}
	var order []*stream
	for _, l := range lines {
		if byStream[l.stream] == nil {
			order = append(order, l.stream)
		}
		byStream[l.stream] = append(byStream[l.stream], l)
	}
	for _, l := range order {
		if s.Clock().Before(l.mute) {
			continue
		}
		if err := s.shipStream(w, l, byStream[l]); err != nil {
			l.mute = s.Clock().Add(muteTime)
		}
	}
}

func (s *Service) shipStream(w *service.Work, l *stream, lines []logLine) error {
	c := w.Call(l.function.Account, l.function.Region)
	role, err := s.session(c, w.Door, l.function, l.config)
	if err != nil {
		return err
	}
	for len(lines) > 0 {
		var events []logs.InputLogEvent
		size := 0
		for len(lines) > 0 && len(events) < maxEvents && (size == 0 || size+len(lines[0].text) < maxEventBytes) {
			text := lines[0].text
			if text == "" {
				text = " " // an event has a message
			}
			events = append(events, logs.InputLogEvent{Message: &text, Timestamp: new(lines[0].time.UnixMilli())})
			size += len(text) + 26
			lines = lines[1:]
		}
		if err := s.put(c, w.Door, role, l, events); err != nil {
			return err
		}
	}
	return nil
}

// put writes events, and makes the stream, and the group, when they are not there.
func (s *Service) put(c *service.Call, door service.Door, role *session, l *stream, events []logs.InputLogEvent) error {
	in := &logs.PutLogEventsInput{LogGroupName: &l.group, LogStreamName: &l.name, LogEvents: events}
	if !l.opened {
		if err := s.openStream(c, door, role, l); err != nil {
			return err
		}
		l.opened = true
	}
	_, err := door.Call(c, role.as, "logs", "PutLogEvents", in)
	if is(err, logs.ResourceNotFoundException) { // deleted meanwhile
		if err := s.openStream(c, door, role, l); err != nil {
			return err
		}
		_, err = door.Call(c, role.as, "logs", "PutLogEvents", in)
	}
	return err
}

func (s *Service) openStream(c *service.Call, door service.Door, role *session, l *stream) error {
	in := &logs.CreateLogStreamInput{LogGroupName: &l.group, LogStreamName: &l.name}
	_, err := door.Call(c, role.as, "logs", "CreateLogStream", in)
	if is(err, logs.ResourceNotFoundException) {
		_, err = door.Call(c, role.as, "logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: &l.group})
		if err == nil || is(err, logs.ResourceAlreadyExistsException) {
			_, err = door.Call(c, role.as, "logs", "CreateLogStream", in)
		}
	}
	if is(err, logs.ResourceAlreadyExistsException) {
		return nil
	}
	return err
}

// is reports whether a call through the door was answered with that error.
func is(err error, shape *wire.ErrorShape) bool {
	var e *wire.Error
	return errors.As(err, &e) && e.Shape == shape
}
