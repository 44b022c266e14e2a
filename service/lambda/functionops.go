package lambda

import (
	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) functionOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateFunction, s.onNewFunction, s.createFunction).Takes(maxRequest),
		service.Acts(api.OpGetFunction, on(s, func(in *api.GetFunctionInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.getFunction),
		service.Acts(api.OpGetFunctionConfiguration, on(s, func(in *api.GetFunctionConfigurationInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.getFunctionConfiguration),
		service.Acts(api.OpUpdateFunctionCode, onWhole(s, func(in *api.UpdateFunctionCodeInput) *string { return in.FunctionName }), s.updateFunctionCode).Takes(maxRequest),
		service.Acts(api.OpUpdateFunctionConfiguration, s.onConfiguration, s.updateFunctionConfiguration),
		service.Writes(api.OpDeleteFunction, on(s, func(in *api.DeleteFunctionInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.deleteFunction),
		service.Acts(api.OpListFunctions, onAny[api.ListFunctionsInput], s.listFunctions),
	}
}

// maxRequest is the size of a request with a package in it: base64 of the largest one, and the rest.
const maxRequest = 70167211

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

func (s *Service) getFunction(c *service.Call, in *api.GetFunctionInput) (*api.GetFunctionOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	out := &api.GetFunctionOutput{
		Configuration: shown(x.function, x.config, x.name.qualifier, s.shownEnvironment(c, x.function, x.config)),
		Code:          &api.FunctionCodeLocation{RepositoryType: new("Vauban")}, // no Location: the package is sealed, and has no address
		Tags:          x.function.Tags,
	}
	if r := x.function.Reserved; r != nil {
		out.Concurrency = &api.Concurrency{ReservedConcurrentExecutions: new(int64(*r))}
	}
	return out, nil
}

func (s *Service) getFunctionConfiguration(c *service.Call, in *api.GetFunctionConfigurationInput) (*api.GetFunctionConfigurationOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	return (*api.GetFunctionConfigurationOutput)(shown(x.function, x.config, x.name.qualifier, s.shownEnvironment(c, x.function, x.config))), nil
}

func (s *Service) updateFunctionCode(c *service.Call, in *api.UpdateFunctionCodeInput) (*api.UpdateFunctionCodeOutput, error) {
	x, err := ownLatest(c, in.RevisionId)
	if err != nil {
		return nil, err
	}
	if in.ImageUri != nil {
		return nil, invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
	}
	if in.PublishTo != nil {
		return nil, unbuilt("PublishTo")
	}
	arch := x.config.Architecture
	if len(in.Architectures) > 0 {
		if arch, err = architecture(in.Architectures); err != nil {
			return nil, err
		}
	}
	dry := in.DryRun != nil && *in.DryRun
	p, err := s.take(c, &source{
		zip: in.ZipFile, bucket: in.S3Bucket, key: in.S3Key, version: in.S3ObjectVersion, mode: in.S3ObjectStorageMode, kms: in.SourceKMSKeyArn,
	}, dry)
	if err != nil {
		return nil, err
	}
	env := s.shownEnvironment(c, x.function, x.config)
	if dry {
		if err := s.Store.Read(c, func(tx store.Tx) error { _, err := verify(tx, x.function); return err }); err != nil {
			return nil, err
		}
		v := *x.config
		v.Code = p
		return (*api.UpdateFunctionCodeOutput)(shown(x.function, &v, "", env)), nil
	}
	warn := false
	out, err := s.change(c, in.RevisionId, in.Publish, env, func(tx store.Tx, f *Function) (err error) {
		if warn, err = verify(tx, f); err != nil {
			return err
		}
		recordWarning(c, f, warn)
		return f.replace(tx, p, arch)
	})
	if err == nil && warn {
		s.warned(x.function)
	}
	return (*api.UpdateFunctionCodeOutput)(out), err
}

// replace gives a function other code.
func (f *Function) replace(tx store.Tx, p Package, arch string) error {
	f.Latest.Code, f.Latest.Architecture = p, arch
	return storageLeft(tx, f.Account, f.Region, p)
}

// change commits a change of the version that can be changed, and publishes it where that is asked for.
func (s *Service) change(c *service.Call, revision *string, publish *bool, env *api.EnvironmentResponse, fn func(store.Tx, *Function) error) (*api.FunctionConfiguration, error) {
	var out *api.FunctionConfiguration
	err := c.Commit(func(tx store.Tx) error {
		x, err := ownLatest(c, revision)
		if err != nil {
			return err
		}
		f := x.function
		if err := fn(tx, f); err != nil {
			return err
		}
		if err := s.touch(&f.Latest, c.Time, true); err != nil {
			return err
		}
		out = shown(f, &f.Latest, "", env)
		if publish != nil && *publish {
			v, err := s.publish(tx, f, "", c.Time)
			if err != nil {
				return err
			}
			out = shown(f, &v.Config, "", env)
		}
		return functions.Update(tx, f)
	})
	if err == nil {
		if x, ok := c.Found.(*subject); ok {
			s.pools.dropFunction(x.function.arn(), latest)
		}
	}
	return out, err
}

// ownLatest is the function of a call that changes it.
func ownLatest(c *service.Call, revision *string) (*subject, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	return x, stale(revision, x.function.Latest.Revision, "GetFunction/GetAlias")
}

// onConfiguration asks about the role, too, when another is given.
func (s *Service) onConfiguration(c *service.Call, in *api.UpdateFunctionConfigurationInput) ([]service.Question, error) {
	qs, err := onWhole(s, func(in *api.UpdateFunctionConfigurationInput) *string { return in.FunctionName })(c, in)
	if err != nil {
		return nil, err
	}
	aboutLayers(&qs[0], in.Layers)
	if in.Role != nil {
		qs = append(qs, service.PassRole(*in.Role, principal, map[string]string{"iam:AssociatedResourceArn": c.Found.(*subject).name.arn()}))
	}
	layers, err := s.askLayers(c, in.Layers)
	return append(qs, layers...), err
}

func (s *Service) updateFunctionConfiguration(c *service.Call, in *api.UpdateFunctionConfigurationInput) (*api.UpdateFunctionConfigurationOutput, error) {
	x, err := ownLatest(c, in.RevisionId)
	if err != nil {
		return nil, err
	}
	asked := &settings{
		description: in.Description, handler: in.Handler, role: in.Role, runtime: in.Runtime, memory: in.MemorySize, timeout: in.Timeout, tmp: in.EphemeralStorage,
		deadLetter: in.DeadLetterConfig, logging: in.LoggingConfig, capacity: in.CapacityProviderConfig, durable: in.DurableConfig, files: in.FileSystemConfigs,
		image: in.ImageConfig, snap: in.SnapStart, tracing: in.TracingConfig, vpc: in.VpcConfig,
	}
	f, v := x.function, x.config
	was, revision := v.Role, v.Revision
	if err := s.apply(f, v, asked); err != nil {
		return nil, err
	}
	if v.Role != was {
		if err := s.assumable(c, f, v.Role); err != nil {
			return nil, err
		}
	}
	var layers []LayerUse
	if in.Layers != nil {
		if layers, err = s.layerUses(c, in.Layers); err != nil {
			return nil, err
		}
	}
	env, err := s.changeEnvironment(c, f, v, in, v.Role != was)
	if err != nil {
		return nil, err
	}
	warn := false
	out, err := s.change(c, in.RevisionId, nil, env, func(tx store.Tx, f *Function) (err error) {
		if f.Latest.Revision != revision { // what was sealed for it belongs to what it was before
			return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", f.arn())
		}
		if err := s.apply(f, &f.Latest, asked); err != nil {
			return err
		}
		if warn = false; f.Latest.newLayers(layers) {
			if warn, err = verify(tx, f); err != nil {
				return err
			}
		}
		recordWarning(c, f, warn)
		if in.Layers != nil {
			f.Latest.Layers = layers
		}
		f.Latest.Environment, f.Latest.Network, f.Latest.Key = v.Environment, v.Network, v.Key
		return f.Latest.complete()
	})
	if err == nil && warn {
		s.warned(f)
	}
	return (*api.UpdateFunctionConfigurationOutput)(out), err
}

// changeEnvironment seals the environment anew when it, its key or the role that must read it changes.
func (s *Service) changeEnvironment(c *service.Call, f *Function, v *Config, in *api.UpdateFunctionConfigurationInput, role bool) (*api.EnvironmentResponse, error) {
	rekeyed := in.KMSKeyArn != nil && *in.KMSKeyArn != v.Key
	var variables map[string]string
	switch {
	case in.Environment != nil:
		variables = in.Environment.Variables
	case rekeyed || role && v.Key != "":
		var err error
		if variables, err = s.environment(c, c.Door, service.AsCaller(principal), f, v); err != nil {
			return nil, ofKMS(err)
		}
	default:
		return s.shownEnvironment(c, f, v), nil
	}
	if rekeyed {
		v.Key = wire.Text(in.KMSKeyArn)
	}
	return seen(variables), s.setEnvironment(c, f, v, variables)
}

func (s *Service) listFunctions(c *service.Call, in *api.ListFunctionsInput) (*api.ListFunctionsOutput, error) {
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListFunctions", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListFunctionsOutput{Functions: []api.FunctionConfiguration{}}
	var found []*Function
	err = s.Store.Read(c, func(tx store.Tx) (err error) {
		found = nil
		out.NextMarker, err = visit(p, tx, functions, store.K(c.Account, c.Region), func(f *Function) bool {
			found = append(found, f)
			return true
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		out.Functions = append(out.Functions, *shown(f, &f.Latest, qualifiedIf(in.FunctionVersion), s.shownEnvironment(c, f, &f.Latest)))
		if in.FunctionVersion == nil {
			continue
		}
		all, err := s.versionsOf(c, f)
		if err != nil {
			return nil, err
		}
		for _, v := range all {
			out.Functions = append(out.Functions, *shown(f, &v.Config, "", s.shownEnvironment(c, f, &v.Config)))
		}
	}
	return out, nil
}

// qualifiedIf writes the ARNs of unpublished versions with their version, in a listing of all versions.
func qualifiedIf(all *string) string {
	if all == nil {
		return ""
	}
	return latest
}
