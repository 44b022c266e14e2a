package events

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
)

// roles keeps the sessions of roles that targets are reached with, for a short time: who takes a role's trust away is obeyed within it. What the role
// may do is decided anew at each call.
type roles struct {
	mu sync.Mutex
	m  map[string]roleSession
}

type roleSession struct {
	as    service.Identity
	until time.Time
}

const (
	roleTime = time.Minute
	maxRoles = 1000
)

// assume gives the identity of a role, in whose session's name the rule is seen.
func (k *roles) assume(s *Service, w *service.Work, c *service.Call, r *Rule, role string) (service.Identity, error) {
	key := role + " " + r.arn()
	k.mu.Lock()
	have, ok := k.m[key]
	k.mu.Unlock()
	if ok && w.Time.Before(have.until) && !w.Time.Before(have.until.Add(-roleTime)) {
		return have.as, nil
	}
	as, err := target.Role(w.Door, c, s.Seal, principal, r.arn(), r.Account, role, "EventBridge-"+derivedID(r.arn())[:8])
	if err != nil {
		var e *wire.Error
		if errors.As(err, &e) && !e.Shape.Fault {
			err = delivery.Permanent(err)
		}
		return as, &failure{code: codeAssume, err: fmt.Errorf("the role of the target: %w", err)}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil || len(k.m) >= maxRoles {
		k.m = map[string]roleSession{}
	}
	k.m[key] = roleSession{as, w.Time.Add(roleTime)}
	return as, nil
}
