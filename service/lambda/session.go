package lambda

import (
	"errors"
	"sync"
	"time"

	"vauban/access"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/service/target"
)

// session is an execution role that Lambda has assumed for a function.
type session struct {
	id, secret, token string
	as                service.Identity // the same, for calls through the door
	expires           time.Time
}

// sessions keeps the sessions of execution roles while they have long enough to live.
type sessions struct {
	mu sync.Mutex
	m  map[string]*session
}

const (
	maxSessions = 10_000
	// sessionLeft is what a session must have left to be handed out: the longest invocation, and some to start.
	sessionLeft = maxTimeout*time.Second + 5*time.Minute
)

// session assumes the execution role of a version, for the function: the role's trust policy must let Lambda in. The role's policies limit what the code,
// and Lambda for it, can do. Developer guide: "Defining Lambda function permissions with an execution role".
func (s *Service) session(c *service.Call, door service.Door, f *Function, v *Config) (*session, error) {
	key := f.ID + "\n" + v.Role
	now := s.Clock()
	s.sessions.mu.Lock()
	have := s.sessions.m[key]
	s.sessions.mu.Unlock()
	if have != nil && now.Add(sessionLeft).Before(have.expires) {
		return have, nil
	}
	made, err := s.assume(c, door, f, v.Role)
	if err != nil {
		return nil, err
	}
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	if s.sessions.m == nil || len(s.sessions.m) >= maxSessions {
		s.sessions.m = map[string]*session{}
	}
	s.sessions.m[key] = made
	return made, nil
}

// forget drops a session that is refused: its role may be another by now.
func (s *Service) forget(f *Function, v *Config) {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	delete(s.sessions.m, f.ID+"\n"+v.Role)
}

func (s *Service) assume(c *service.Call, door service.Door, f *Function, role string) (*session, error) {
	issued, err := target.Credentials(door, c, principal, f.arn(), f.Account, role, f.Name)
	if err != nil {
		return nil, err
	}
	opened, err := access.OpenSession(s.Seal, wire.Text(issued.SessionToken))
	if err != nil {
		return nil, err
	}
	if issued.Expiration == nil {
		return nil, errors.New("lambda: STS gave credentials without an end")
	}
	return &session{
		id: wire.Text(issued.AccessKeyId), secret: wire.Text(issued.SecretAccessKey), token: wire.Text(issued.SessionToken),
		as: service.AsRole(principal, opened.Caller), expires: *issued.Expiration,
	}, nil
}

// assumable refuses a role that Lambda cannot assume, and one of another account: iam:PassRole is asked of the caller's account alone.
func (s *Service) assumable(c *service.Call, f *Function, role string) error {
	if a, err := arn.Parse(role); err == nil && a.Account != f.Account {
		return user(accessDenied.New("Cross-account pass role is not allowed."))
	}
	made, err := s.assume(c, c.Door, f, role)
	var e *wire.Error
	if errors.As(err, &e) && !e.Shape.Fault {
		return invalid("The role defined for the function cannot be assumed by Lambda.").Because(err)
	}
	if err != nil {
		return err
	}
	_ = made // the first invocation assumes it again: the call may yet be refused
	return nil
}
