package lambda

import (
	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) aliasOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateAlias, onWhole(s, func(in *api.CreateAliasInput) *string { return in.FunctionName }), s.createAlias),
		service.Writes(api.OpUpdateAlias, onWhole(s, func(in *api.UpdateAliasInput) *string { return in.FunctionName }), s.updateAlias),
		service.Writes(api.OpDeleteAlias, onWhole(s, func(in *api.DeleteAliasInput) *string { return in.FunctionName }), s.deleteAlias),
		service.Reads(api.OpGetAlias, onWhole(s, func(in *api.GetAliasInput) *string { return in.FunctionName }), s.getAlias),
		service.Reads(api.OpListAliases, onWhole(s, func(in *api.ListAliasesInput) *string { return in.FunctionName }), s.listAliases),
	}
}

func (a *Alias) shown() *api.AliasConfiguration {
	out := &api.AliasConfiguration{AliasArn: new(a.arn()), Name: &a.Alias, FunctionVersion: &a.Version, Description: &a.Description, RevisionId: &a.Revision}
	if len(a.Weights) > 0 {
		out.RoutingConfig = &api.AliasRoutingConfiguration{AdditionalVersionWeights: a.Weights}
	}
	return out
}

func (s *Service) createAlias(c *service.Call, in *api.CreateAliasInput) (*api.CreateAliasOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	a := &Alias{Account: x.function.Account, Region: x.function.Region, Name: x.function.Name, Alias: wire.Text(in.Name), Description: wire.Text(in.Description)}
	if err := s.point(c, x, a, in.FunctionVersion, in.RoutingConfig); err != nil {
		return nil, err
	}
	err = aliases.Insert(c.Tx, a)
	if store.IsTaken(err) {
		return nil, conflict("Alias already exists: %s", a.arn())
	}
	return (*api.CreateAliasOutput)(a.shown()), err
}

// point makes an alias name versions that are there. Developer guide: "Create an alias for a Lambda function".
func (s *Service) point(c *service.Call, x *subject, a *Alias, version *string, routing *api.AliasRoutingConfiguration) error {
	if version != nil {
		a.Version = *version
	}
	if routing != nil {
		a.Weights = routing.AdditionalVersionWeights
	}
	named := []string{a.Version}
	switch {
	case len(a.Weights) > 1:
		return invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	case len(a.Weights) == 1 && a.Version == latest:
		return invalid("$LATEST is not supported for an alias pointing to more than 1 version")
	}
	for v, weight := range a.Weights {
		if v == a.Version {
			return invalid("Invalid function version %s. Function version %s is already included in routing configuration.", v, v)
		}
		if weight < 0 || weight > 1 {
			return invalid("The weight of version %s must be between 0.0 and 1.0.", v)
		}
		named = append(named, v)
	}
	for _, v := range named {
		if v == latest {
			continue
		}
		ok := isNumber(v)
		if ok {
			var err error
			if ok, err = versions.Has(c.Tx, x.function.key().With(number(v))); err != nil {
				return err
			}
		}
		if !ok {
			n := x.name
			n.qualifier = v
			return noFunction(n)
		}
	}
	a.Modified = c.Time
	var err error
	a.Revision, err = s.newUUID()
	return err
}

// aliasOf is an alias of the call's function.
func aliasOf(c *service.Call, alias *string) (*subject, *Alias, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, nil, err
	}
	a, err := aliases.Get(c.Tx, x.function.key().With(wire.Text(alias)))
	if store.IsAbsent(err) {
		return x, nil, missing("Cannot find alias arn: %s", functionARN(x.function.Account, x.function.Region, x.function.Name, wire.Text(alias)))
	}
	return x, a, err
}

func (s *Service) updateAlias(c *service.Call, in *api.UpdateAliasInput) (*api.UpdateAliasOutput, error) {
	x, a, err := aliasOf(c, in.Name)
	if err != nil {
		return nil, err
	}
	if err := stale(in.RevisionId, a.Revision, "GetFunction/GetAlias"); err != nil {
		return nil, err
	}
	set(&a.Description, in.Description)
	if err := s.point(c, x, a, in.FunctionVersion, in.RoutingConfig); err != nil {
		return nil, err
	}
	return (*api.UpdateAliasOutput)(a.shown()), aliases.Update(c.Tx, a)
}

func (s *Service) deleteAlias(c *service.Call, in *api.DeleteAliasInput) (*api.DeleteAliasOutput, error) {
	x, a, err := aliasOf(c, in.Name)
	if x == nil {
		return nil, err
	}
	if a == nil { // it is gone: that is what was asked for
		if is(err, api.ResourceNotFoundException) {
			err = nil
		}
		return &api.DeleteAliasOutput{}, err
	}
	if err := deleteQualified(c.Tx, x.function, a.Alias); err != nil {
		return nil, err
	}
	return &api.DeleteAliasOutput{}, aliases.Delete(c.Tx, aliases.Key(a))
}

func (s *Service) getAlias(c *service.Call, in *api.GetAliasInput) (*api.GetAliasOutput, error) {
	_, a, err := aliasOf(c, in.Name)
	if err != nil {
		return nil, err
	}
	return (*api.GetAliasOutput)(a.shown()), nil
}

func (s *Service) listAliases(c *service.Call, in *api.ListAliasesInput) (*api.ListAliasesOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListAliases", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListAliasesOutput{Aliases: []api.AliasConfiguration{}}
	out.NextMarker, err = visit(p, c.Tx, aliases, x.function.key(), func(a *Alias) bool {
		if _, second := a.Weights[wire.Text(in.FunctionVersion)]; in.FunctionVersion != nil && a.Version != *in.FunctionVersion && !second {
			return false
		}
		out.Aliases = append(out.Aliases, *a.shown())
		return true
	})
	return out, err
}
