package organizations

import (
	"errors"

	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// visit is a call with the organization that the caller's account belongs to.
type visit struct {
	*service.Call
	home *Node         // the caller's account; nil when Organizations has not met it yet
	org  *Organization // nil for an account that belongs to none
}

// admission says whose account may call an operation at all, whatever its policies allow. Organizations API reference: each operation
// names it ("You can only call this operation from the management account or …").
type admission uint8

const (
	anybody    admission = iota // also accounts that belong to no organization
	members                     // every account of an organization
	readers                     // the management account, and delegated administrators
	delegates                   // the management account, and members that the organization's resource policy lets
	management                  // the management account alone
)

// reads makes a row that reads, for the admitted.
func reads[In, Out any](s *Service, op *wire.Operation, who admission, r rule[In], h func(*visit, *In) (*Out, error)) service.Row {
	return service.Reads(op, questions(s, who, r), admitting(s, who, h))
}

// writes makes a row that changes the organization, for the admitted.
func writes[In, Out any](s *Service, op *wire.Operation, who admission, r rule[In], h func(*visit, *In) (*Out, error)) service.Row {
	return service.Writes(op, questions(s, who, r), admitting(s, who, h))
}

// admitting runs the handler for callers whose account is admitted. That is judged after their own policies: as with AWS, who may not call
// an operation learns nothing of the organization.
func admitting[In, Out any](s *Service, who admission, h func(*visit, *In) (*Out, error)) func(*service.Call, *In) (*Out, error) {
	return func(c *service.Call, in *In) (*Out, error) {
		v, err := s.visit(c)
		if err != nil {
			return nil, err
		}
		if v.org == nil && who != anybody {
			return nil, notInUse()
		}
		ok, err := s.admits(v, who)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, noAccess()
		}
		return h(v, in)
	}
}

// visit finds where the caller comes from.
func (s *Service) visit(c *service.Call) (*visit, error) {
	v := &visit{Call: c}
	n, err := nodes.Get(c.Tx, store.K(c.Account))
	if errors.Is(err, store.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	v.home = n
	if n.Org == "" {
		return v, nil
	}
	v.org, err = organizations.Get(c.Tx, store.K(n.Org))
	return v, err
}

func (v *visit) isManagement() bool { return v.org != nil && v.org.Management == v.Account }

func (s *Service) admits(v *visit, who admission) (bool, error) {
	if who == anybody || who == members || v.isManagement() {
		return true, nil
	}
	if who == management {
		return false, nil
	}
	return s.delegated(v, who)
}
