package lambda

import (
	api "vauban/api/lambda"
	"vauban/service"
	"vauban/store"
)

// deleteFunction deletes a function with all that belongs to it, or one version.
func (s *Service) deleteFunction(c *service.Call, in *api.DeleteFunctionInput) (*api.DeleteFunctionOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	out := &api.DeleteFunctionOutput{StatusCode: new(int64(204))}
	switch {
	case x.name.qualifier == "":
		return out, s.deleteWhole(c.Tx, x.function)
	case x.name.qualifier == latest:
		return nil, invalid("$LATEST version cannot be deleted without deleting the function.")
	case x.alias != nil:
		return nil, invalid("Deletion of aliases is not currently supported.")
	}
	return out, s.deleteVersion(c.Tx, x)
}

func (s *Service) deleteVersion(tx store.Tx, x *subject) error {
	for a, err := range aliases.Each(tx, x.function.key()) {
		if err != nil {
			return err
		}
		if _, second := a.Weights[x.config.Version]; second || a.Version == x.config.Version {
			return conflict("Version %s of the function cannot be deleted: the alias %s refers to it.", x.config.Version, a.Alias)
		}
	}
	s.pools.dropFunction(x.function.arn(), x.config.Version)
	if err := deleteQualified(tx, x.function, x.config.Version); err != nil {
		return err
	}
	return versions.Delete(tx, versions.Key(x.version))
}

func (s *Service) deleteWhole(tx store.Tx, f *Function) error {
	if err := deleteAll(tx, versions, f.key()); err != nil {
		return err
	}
	if err := deleteAll(tx, aliases, f.key()); err != nil {
		return err
	}
	for _, err := range []error{
		deleteAll(tx, eventInvokes, f.key()), deleteAll(tx, provisions, f.key()), deleteAll(tx, reservations, f.key()), deleteAll(tx, urls, f.key()),
	} {
		if err != nil {
			return err
		}
	}
	s.pools.dropFunction(f.arn(), "")
	return functions.Delete(tx, f.key())
}

// deleteQualified deletes what belongs to a version or alias alone.
func deleteQualified(tx store.Tx, f *Function, qualifier string) error {
	if err := deleteAll(tx, eventInvokes, f.key().With(qualifier)); err != nil {
		return err
	}
	if err := deleteAll(tx, urls, f.key().With(qualifier)); err != nil {
		return err
	}
	return deleteAll(tx, provisions, f.key().With(qualifier))
}

// deleteAll deletes the documents below a key.
func deleteAll[T any](tx store.Tx, t *store.Table[T], prefix store.Key) error {
	var keys []store.Key
	for v, err := range t.Each(tx, prefix) {
		if err != nil {
			return err
		}
		keys = append(keys, t.Key(v))
	}
	for _, k := range keys {
		if err := t.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}
