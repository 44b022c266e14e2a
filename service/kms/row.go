package kms

import (
	"vauban/api/wire"
	"vauban/service"
)

// use is a call with the key that it is about.
type use struct {
	*service.Call
	key   *held
	alias string // by which the request asked for the key, "" for other names

	operation string // the name of the call
}

// subject fills in what a request is about.
type subject[In any] func(c *service.Call, in *In, a *about)

// reads makes a row that reads something of a key.
func reads[In, Out any](s *Service, op *wire.Operation, of subject[In], h func(*use, *In) (*Out, error)) service.Row {
	return service.Reads(op, onKey(s, op, of), withKey(op, h))
}

// writes makes a row that changes something of a key.
func writes[In, Out any](s *Service, op *wire.Operation, of subject[In], h func(*use, *In) (*Out, error)) service.Row {
	return service.Writes(op, onKey(s, op, of), withKey(op, h))
}

// acts makes a row that uses a key, or looks at it, without changing it: an act, because an AWS managed key comes into being when it is used first.
// Its handler has no transaction; what it may know of the key it finds in use.
func acts[In, Out any](s *Service, op *wire.Operation, of subject[In], h func(*use, *In) (*Out, error)) service.Row {
	return service.Acts(op, onKey(s, op, of), withKey(op, func(u *use, in *In) (*Out, error) {
		if f := u.Found.(*found); f.unmade {
			if err := s.make(u); err != nil {
				return nil, err
			}
		}
		return h(u, in)
	})).WithoutState()
}

// withKey runs the handler with the key that the resource rule found.
func withKey[In, Out any](op *wire.Operation, h func(*use, *In) (*Out, error)) func(*service.Call, *In) (*Out, error) {
	return func(c *service.Call, in *In) (*Out, error) {
		f := c.Found.(*found)
		switch {
		case f.problem != nil:
			return nil, f.problem
		case f.foreign:
			return nil, foreignKey(c, f)
		}
		touch(c, f.key.Key)
		return h(&use{Call: c, key: f.key, alias: f.alias, operation: op.Name}, in)
	}
}

// typeKey is CloudTrail's type of KMS keys.
const typeKey = "AWS::KMS::Key"

// touch names the key in the record of the call, and so records the call in the key's account too.
func touch(c *service.Call, k *Key) { touched(c, k.ARN(), k.Account, typeKey) }

// touched names a resource once, however often the handler runs.
func touched(c *service.Call, arn, account, kind string) {
	r := c.Record()
	for i := range r.Resources {
		if r.Resources[i].ARN == arn {
			return
		}
	}
	r.Resources = append(r.Resources, service.Resource{ARN: arn, Account: account, Type: kind})
}

// change changes the key's document in the call's transaction.
func (u *use) change(fn func(k *Key) error) error {
	return changeKey(u.Tx, keyTable.Key(u.key.Key), fn)
}
