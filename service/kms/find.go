package kms

import (
	"strings"

	api "vauban/api/kms"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// found is what a request means by a KeyId: a key, or why there is none.
type found struct {
	key     *held  // nil when there is none
	arn     string // of the key, or the one that it would have
	account string
	alias   string // by which it was asked for, with its prefix; "" for others
	problem error  // what the client learns when there is none
	unmade  bool   // an AWS managed key that comes into being with this call
	foreign bool   // the key is another account's, and the operation is for the key's own account only
}

// find finds the key that a KeyId names: a key ID, the ARN of a key and, where the operation takes them, the name or the ARN of an alias.
// KMS Developer Guide: "Key identifiers (KeyId)".
func (s *Service) find(c *service.Call, a *about) (*found, error) {
	account, name := c.Account, a.id
	if strings.HasPrefix(a.id, "arn:") {
		p, err := arn.Parse(a.id)
		if err != nil || p.Partition != c.Partition || p.Service != "kms" || !arn.IsAccount(p.Account) || p.Region != c.Region && err == nil {
			f := &found{arn: a.id, account: c.Account, problem: api.NotFoundException.New("Invalid arn %s", a.id)}
			if err == nil && p.Region != "" && p.Region != c.Region {
				f.problem = api.NotFoundException.New("Invalid arn %s", p.Region)
			}
			return f, nil
		}
		account = p.Account
		var isKey bool
		if name, isKey = strings.CutPrefix(p.Resource, "key/"); !isKey && !strings.HasPrefix(name, aliasPrefix) {
			return &found{arn: a.id, account: account, problem: api.NotFoundException.New("Invalid arn %s", a.id)}, nil
		}
	}
	if strings.HasPrefix(name, aliasPrefix) && a.aliases {
		return s.findAlias(c, account, name, a)
	}
	if strings.HasPrefix(name, aliasPrefix) {
		return &found{arn: aliasARN(c.Partition, c.Region, account, name), account: account,
			problem: api.InvalidArnException.New("Key Aliases are not supported for this operation.")}, nil
	}
	f := &found{arn: arnOf(c.Partition, c.Region, account, name), account: account}
	if _, _, ok := parseKeyID(name); !ok {
		f.problem = api.NotFoundException.New("Invalid keyId '%s'", name)
		return f, nil
	}
	var err error
	f.key, err = s.lookup(c, account, name)
	if store.IsAbsent(err) {
		f.problem, err = api.NotFoundException.New("Key '%s' does not exist", f.arn), nil
	}
	return f, err
}

func (s *Service) findAlias(c *service.Call, account, name string, a *about) (*found, error) {
	f := &found{arn: aliasARN(c.Partition, c.Region, account, name), account: account, alias: name}
	var err error
	f.key, err = s.lookup(c, account, name)
	switch {
	case err == nil:
		f.arn = f.key.arn
	case !store.IsAbsent(err):
		return nil, err
	case a.makes && account == c.Account && isManagedAlias(name):
		if f.key, err = s.managedKey(c, name); err != nil {
			return nil, err
		}
		f.arn, f.unmade = f.key.arn, true
	default:
		f.problem = api.NotFoundException.New("Alias %s is not found.", f.arn)
	}
	return f, nil
}

// lookup is the key of an ID or of an alias; [store.ErrNotFound] when there is none. Calls without a transaction get it from memory.
func (s *Service) lookup(c *service.Call, account, name string) (*held, error) {
	v, err := s.memory.Recall(c, "kms", account+" "+c.Region+" "+name, func(tx store.Tx) (any, error) {
		id := name
		if strings.HasPrefix(name, aliasPrefix) {
			alias, err := aliasTable.Get(tx, aliasKey(account, c.Region, name))
			if err != nil {
				return nil, err
			}
			id = alias.Key
		}
		return s.keys.get(tx, keyOf(account, c.Region, id))
	})
	if err != nil {
		return nil, err
	}
	return v.(*held), nil
}
