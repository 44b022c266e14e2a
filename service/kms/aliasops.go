package kms

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// maxAliases is how many aliases a key can have. KMS Developer Guide: "Resource quotas".
const maxAliases = 50

// errNotAuthorized is KMS's answer to those who would change a predefined alias.
var errNotAuthorized = &wire.ErrorShape{Shape: "NotAuthorizedException", Code: "NotAuthorizedException", Status: 400}

func (s *Service) aliasOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateAlias, askAlias(s, api.OpCreateAlias, func(in *api.CreateAliasInput) (name, target *string) { return in.AliasName, in.TargetKeyId }), s.createAlias),
		service.Writes(api.OpUpdateAlias, askAlias(s, api.OpUpdateAlias, func(in *api.UpdateAliasInput) (name, target *string) { return in.AliasName, in.TargetKeyId }), s.updateAlias),
		service.Writes(api.OpDeleteAlias, askAlias(s, api.OpDeleteAlias, func(in *api.DeleteAliasInput) (name, target *string) { return in.AliasName, nil }), s.deleteAlias),
		service.Reads(api.OpListAliases, onAll[api.ListAliasesInput](nil), s.listAliases),
	}
}

// foundAlias is what an operation on an alias is about.
type foundAlias struct {
	alias  *Alias // nil when there is none of the name
	was    *held  // the key that it names
	target *found // the key that it shall name
}

// askAlias asks for the alias, whose account's policies alone decide, and for the keys that it names and shall name. KMS Developer Guide:
// "Controlling access to aliases".
func askAlias[In any](s *Service, op *wire.Operation, of func(*In) (name, target *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		name, target := of(in)
		a := &about{action: op.Actions[0].Name}
		callerKeys(c, a)
		out := []service.Question{{Action: a.action, Resource: aliasARN(c.Partition, c.Region, c.Account, *name), Context: a.keys}}
		f := &foundAlias{}
		c.Found = f
		var err error
		if f.alias, err = aliasTable.Get(c.Tx, aliasKey(c.Account, c.Region, *name)); err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		if err == nil && op != api.OpCreateAlias {
			a := &about{action: op.Actions[0].Name, id: f.alias.Key}
			now, q, err := s.about(c, a)
			if err != nil {
				return nil, err
			}
			f.was = now.key
			out = append(out, q)
		}
		if target != nil {
			a := &about{action: op.Actions[0].Name, id: *target}
			to, q, err := s.about(c, a)
			if err != nil {
				return nil, err
			}
			f.target = to
			out = append(out, q)
		}
		return out, nil
	}
}

// about finds the key that the request is about and puts the question about it.
func (s *Service) about(c *service.Call, a *about) (*found, service.Question, error) {
	f, err := s.find(c, a)
	if err != nil {
		return nil, service.Question{}, err
	}
	f.foreign = !a.cross && f.account != c.Account
	q, err := s.question(c, f, a)
	return f, q, err
}

// checkAliasName refuses names that a customer cannot give.
func checkAliasName(name string) error {
	rest, ok := strings.CutPrefix(name, aliasPrefix)
	switch {
	case !ok:
		return invalid("Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
	case rest == "":
		return api.InvalidAliasNameException.New("Alias must have a name after the prefix \"alias/\".")
	case strings.HasPrefix(name, managedPrefix):
		return errNotAuthorized.New("Aliases that begin with \"alias/aws/\" are reserved for AWS managed keys.")
	case strings.Contains(rest, ":"):
		return api.InvalidAliasNameException.New("%s contains invalid characters for an alias", name)
	}
	return nil
}

// usable is the key that an alias shall name.
func (f *found) usable(c *service.Call) (*held, error) {
	switch {
	case f.problem != nil:
		return nil, f.problem
	case f.foreign:
		return nil, foreignKey(c, f)
	}
	return f.key, f.key.refuseDeleted()
}

func (s *Service) createAlias(c *service.Call, in *api.CreateAliasInput) (*api.CreateAliasOutput, error) {
	if err := checkAliasName(*in.AliasName); err != nil {
		return nil, err
	}
	f := c.Found.(*foundAlias)
	k, err := f.target.usable(c)
	if err != nil {
		return nil, err
	}
	if len(k.Aliases) >= maxAliases {
		return nil, api.LimitExceededException.New("The key %s has %d aliases; no more can be added.", k.arn, maxAliases)
	}
	now := c.Time.UTC().Truncate(time.Millisecond)
	alias := &Alias{Account: c.Account, Region: c.Region, Name: *in.AliasName, Key: k.ID, Created: now, Updated: now}
	err = aliasTable.Insert(c.Tx, alias)
	if store.IsTaken(err) {
		return nil, api.AlreadyExistsException.New("An alias with the name %s already exists", alias.ARN())
	}
	if err != nil {
		return nil, err
	}
	touch(c, k.Key)
	touchAlias(c, alias)
	return &api.CreateAliasOutput{}, nameKey(c.Tx, k.Key, alias.Name, true)
}

// touchAlias names the alias in the record of the call.
func touchAlias(c *service.Call, a *Alias) {
	touched(c, a.ARN(), a.Account, "AWS::KMS::Alias")
}

// nameKey adds an alias to those that the key's document lists, or takes it away.
func nameKey(tx store.Tx, of *Key, alias string, add bool) error {
	return changeKey(tx, keyTable.Key(of), func(k *Key) error {
		k.Aliases = slices.DeleteFunc(k.Aliases, func(a string) bool { return a == alias })
		if add {
			k.Aliases = append(k.Aliases, alias)
			slices.Sort(k.Aliases)
		}
		return nil
	})
}

func noAlias(c *service.Call, name string) error {
	return api.NotFoundException.New("Alias %s is not found.", aliasARN(c.Partition, c.Region, c.Account, name))
}

func (s *Service) updateAlias(c *service.Call, in *api.UpdateAliasInput) (*api.UpdateAliasOutput, error) {
	if err := checkAliasName(*in.AliasName); err != nil {
		return nil, err
	}
	f := c.Found.(*foundAlias)
	if f.alias == nil {
		return nil, noAlias(c, *in.AliasName)
	}
	k, err := f.target.usable(c)
	if err != nil {
		return nil, err
	}
	touchAlias(c, f.alias)
	if f.was != nil {
		touch(c, f.was.Key)
		if f.was.Usage != k.Usage || f.was.kind() != k.kind() {
			return nil, invalid("The current and the new key of an alias must be of the same type and key usage: %s is not like %s.", k.arn, f.was.arn)
		}
		if err := nameKey(c.Tx, f.was.Key, f.alias.Name, false); err != nil {
			return nil, err
		}
	}
	touch(c, k.Key)
	if len(k.Aliases) >= maxAliases && k.ID != f.alias.Key {
		return nil, api.LimitExceededException.New("The key %s has %d aliases; no more can be added.", k.arn, maxAliases)
	}
	f.alias.Key, f.alias.Updated = k.ID, c.Time.UTC().Truncate(time.Millisecond)
	if err := aliasTable.Update(c.Tx, f.alias); err != nil {
		return nil, err
	}
	return &api.UpdateAliasOutput{}, nameKey(c.Tx, k.Key, f.alias.Name, true)
}

func (s *Service) deleteAlias(c *service.Call, in *api.DeleteAliasInput) (*api.DeleteAliasOutput, error) {
	if err := checkAliasName(*in.AliasName); err != nil {
		return nil, err
	}
	f := c.Found.(*foundAlias)
	if f.alias == nil {
		return nil, noAlias(c, *in.AliasName)
	}
	touchAlias(c, f.alias)
	if f.was != nil {
		touch(c, f.was.Key)
		if err := nameKey(c.Tx, f.was.Key, f.alias.Name, false); err != nil {
			return nil, err
		}
	}
	return &api.DeleteAliasOutput{}, aliasTable.Delete(c.Tx, aliasTable.Key(f.alias))
}
