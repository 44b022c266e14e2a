package lambda

import (
	"strings"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// onNewFunction asks whether the function may be made, and whether its role may be handed to Lambda.
func (s *Service) onNewFunction(c *service.Call, in *api.CreateFunctionInput) ([]service.Question, error) {
	n, err := named(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if n.qualifier != "" || n.account != c.Account {
		return nil, invalid("The function name %q is not valid for a new function: give its name alone.", bounded(wire.Text(in.FunctionName), 200))
	}
	x, err := s.look(c.Tx, n, false)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, x)
	if err != nil {
		return nil, err
	}
	q.Policy = nil // of a function that is there already
	service.RequestTags(q.Context, service.TagMap(in.Tags))
	aboutLayers(&q, in.Layers)
	aboutSigning(&q, wire.Text(in.CodeSigningConfigArn))
	questions := []service.Question{q, service.PassRole(wire.Text(in.Role), principal, map[string]string{"iam:AssociatedResourceArn": n.arn()})}
	layers, err := s.askLayers(c, in.Layers)
	return append(questions, layers...), err
}

// aboutLayers adds the condition key of the layers that a version uses.
func aboutLayers(q *service.Question, layers []string) {
	if len(layers) > 0 {
		q.Context["lambda:Layer"] = layers
		q.Multi = append(q.Multi, "lambda:Layer")
	}
}

func (s *Service) createFunction(c *service.Call, in *api.CreateFunctionInput) (*api.CreateFunctionOutput, error) {
	x, _ := c.Found.(*subject)
	if x.function != nil {
		return nil, conflict("Function already exist: %s", x.name.function)
	}
	if s.Sandbox == nil {
		return nil, s.runs(wire.Text(in.Runtime))
	}
	f, err := s.newFunction(c, x.name, in)
	if err != nil {
		return nil, err
	}
	v := &f.Latest
	if err := s.assumable(c, f, v.Role); err != nil {
		return nil, err
	}
	if v.Layers, err = s.layerUses(c, in.Layers); err != nil {
		return nil, err
	}
	if v.Code, err = s.take(c, &source{
		zip: in.Code.ZipFile, bucket: in.Code.S3Bucket, key: in.Code.S3Key, version: in.Code.S3ObjectVersion, image: in.Code.ImageUri,
		mode: in.Code.S3ObjectStorageMode, kms: in.Code.SourceKMSKeyArn,
	}, false); err != nil {
		return nil, err
	}
	var variables map[string]string
	if in.Environment != nil {
		variables = in.Environment.Variables
	}
	if err := s.setEnvironment(c, f, v, variables); err != nil {
		return nil, err
	}
	var published *Version
	warn := false
	err = c.Commit(func(tx store.Tx) error {
		if now, _ := c.Found.(*subject); now.function != nil {
			return conflict("Function already exist: %s", f.Name)
		}
		f.Published, published = 0, nil
		if err := storageLeft(tx, f.Account, f.Region, v.Code); err != nil {
			return err
		}
		if warn, err = verify(tx, f); err != nil {
			return err
		}
		recordWarning(c, f, warn)
		if in.Publish != nil && *in.Publish {
			if published, err = s.publish(tx, f, "", c.Time); err != nil {
				return err
			}
		}
		return functions.Insert(tx, f)
	})
	if err != nil {
		return nil, err
	}
	if warn {
		s.warned(f)
	}
	if published != nil {
		v = &published.Config
	}
	return (*api.CreateFunctionOutput)(shown(f, v, "", seen(variables))), nil
}

// seen is the environment for who has just given it.
func seen(variables map[string]string) *api.EnvironmentResponse {
	if len(variables) == 0 {
		return nil
	}
	return &api.EnvironmentResponse{Variables: variables}
}

// newFunction is what the request asks for, without its code.
func (s *Service) newFunction(c *service.Call, n name, in *api.CreateFunctionInput) (*Function, error) {
	switch {
	case wire.Text(in.PackageType) == api.PackageTypeImage:
		return nil, unbuilt("PackageType Image (functions of container images)")
	case in.TenancyConfig != nil:
		return nil, unbuilt("TenancyConfig")
	case in.PublishTo != nil:
		return nil, unbuilt("PublishTo")
	}
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	f := &Function{Account: n.account, Region: n.region, Name: n.function, ID: id, Created: c.Time, Signing: wire.Text(in.CodeSigningConfigArn)}
	if f.Signing != "" && !strings.HasPrefix(f.Signing, codeSigningARN(f.Account, f.Region, "")) {
		return nil, noSigning(f.Signing)
	}
	f.Latest = Config{Version: latest, Memory: minMemory, Timeout: defaultTimeout, Tmp: minTmp, Key: wire.Text(in.KMSKeyArn)}
	v := &f.Latest
	if v.Architecture, err = architecture(in.Architectures); err != nil {
		return nil, err
	}
	if f.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if err := s.apply(f, v, &settings{
		description: in.Description, handler: in.Handler, role: in.Role, runtime: in.Runtime, memory: in.MemorySize, timeout: in.Timeout, tmp: in.EphemeralStorage,
		deadLetter: in.DeadLetterConfig, logging: in.LoggingConfig, capacity: in.CapacityProviderConfig, durable: in.DurableConfig, files: in.FileSystemConfigs,
		image: in.ImageConfig, snap: in.SnapStart, tracing: in.TracingConfig, vpc: in.VpcConfig,
	}); err != nil {
		return nil, err
	}
	if err := v.complete(); err != nil {
		return nil, err
	}
	return f, s.touch(v, c.Time, true)
}

// architecture is the instruction set: the host's, whatever it is.
func architecture(asked []string) (string, error) {
	if len(asked) == 0 {
		return hostArchitecture(api.ArchitectureX86_64), nil
	}
	if asked[0] != hostArchitecture(asked[0]) {
		return "", invalid("The architecture %s cannot run on this host, which is %s.", asked[0], hostArchitecture(""))
	}
	return asked[0], nil
}

// withTags adds tags, or replaces those of the same keys.
func withTags(have map[string]string, more map[string]string) (map[string]string, error) {
	return service.AddTags(have, service.TagMap(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagReserved:
		return invalid("Tag keys starting with aws: are reserved for system use.")
	case service.TagKeyLength:
		return invalid("Tag keys must be between 1 and 128 characters in length.")
	case service.TagValueLength:
		return invalid("Tag values must be at most 256 characters in length.")
	}
	return invalid("Number of tags exceeds resource tag limit.")
}
