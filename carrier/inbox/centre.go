package inbox

import (
	"bufio"
	"errors"
	"net"
	"sync"

	"vauban/carrier/smpp/pdu"
)

// centreSession is one connection to the centre.
type centreSession struct {
	phone   *Phone
	conn    net.Conn
	session string
	bound   bool
	answers chan *pdu.PDU // to what the centre delivers

	writing sync.Mutex
}

// serve answers requests, in order, until the connection ends.
func (s *centreSession) serve() {
	in := bufio.NewReader(s.conn)
	for {
		p, err := pdu.Read(in)
		if err != nil && !errors.Is(err, pdu.ErrMalformed) {
			return
		}
		if p.Command.IsResponse() {
			select {
			case s.answers <- p:
			default: // nobody waits for so many
			}
			continue
		}
		answer := &pdu.PDU{Command: pdu.GenericNack, Status: pdu.InvalidCommandSize, Sequence: p.Sequence}
		if err == nil {
			answer = s.answer(p)
		}
		if err := s.write(answer); err != nil || p.Command == pdu.Unbind {
			return
		}
	}
}

func (s *centreSession) write(p *pdu.PDU) error {
	b, err := pdu.Append(nil, p)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err = s.conn.Write(b)
	return err
}

func (s *centreSession) answer(p *pdu.PDU) *pdu.PDU {
	answer := &pdu.PDU{Command: p.Command.Response(), Sequence: p.Sequence}
	switch p.Command {
	case pdu.EnquireLink, pdu.Unbind:
	case pdu.BindTransmitter, pdu.BindTransceiver:
		if answer.Status = s.bind(p.Body.(*pdu.Bind)); answer.Status == pdu.OK {
			answer.Body = &pdu.BindResponse{SystemID: "inbox"}
			if p.Command == pdu.BindTransceiver {
				s.phone.receivers.put(s)
			}
		}
	case pdu.SubmitSM:
		var id string
		if id, answer.Status = s.submit(p.Body.(*pdu.Message)); answer.Status == pdu.OK {
			answer.Body = &pdu.MessageResponse{ID: id}
		}
	default:
		answer.Command, answer.Status = pdu.GenericNack, pdu.InvalidCommand
	}
	return answer
}

func (s *centreSession) bind(b *pdu.Bind) pdu.Status {
	want := s.phone.cfg
	switch {
	case s.bound:
		return pdu.AlreadyBound
	case want.SystemID != "" && b.SystemID != want.SystemID:
		return pdu.InvalidSystemID
	case want.SystemID != "" && b.Password != want.Password:
		return pdu.InvalidPassword
	}
	s.bound = true
	return pdu.OK
}

func (s *centreSession) submit(m *pdu.Message) (string, pdu.Status) {
	if !s.bound {
		return "", pdu.WrongBindState
	}
	if s.phone.cfg.Answer != nil {
		if status := s.phone.cfg.Answer(m); status != pdu.OK {
			return "", status
		}
	}
	return s.phone.take(m, s.session)
}
