package lambda

import (
	"slices"
	"strings"

	api "vauban/api/lambda"
	"vauban/api/wire"
)

// Bounds of a version's settings. Developer guide: "Lambda quotas".
const (
	minMemory, maxMemory   = 128, 10240
	maxTimeout             = 900
	minTmp, maxTmp         = 512, 10240
	maxDescription         = 256
	defaultTimeout         = 3
	environmentBytes       = 4096
	variableNetwork        = "VAUBAN_NETWORK"
	networkAPI             = "api"
	reservedVariablePrefix = "AWS_LAMBDA_"
)

// settings are the members that CreateFunction and UpdateFunctionConfiguration share; nil leaves what is.
type settings struct {
	description, handler, role, runtime *string
	memory, timeout                     *int64
	tmp                                 *api.EphemeralStorage
	deadLetter                          *api.DeadLetterConfig
	logging                             *api.LoggingConfig

	capacity *api.CapacityProviderConfig
	durable  *api.DurableConfig
	files    []api.FileSystemConfig
	image    *api.ImageConfig
	snap     *api.SnapStart
	tracing  *api.TracingConfig
	vpc      *api.VpcConfig
}

// refuse names what is asked for and would have no effect.
func (x *settings) refuse() error {
	switch {
	case x.capacity != nil:
		return unbuilt("CapacityProviderConfig (managed instances)")
	case x.durable != nil:
		return unbuilt("DurableConfig (durable functions)")
	case len(x.files) > 0:
		return unbuilt("FileSystemConfigs (Amazon EFS)")
	case x.image != nil:
		return unbuilt("ImageConfig (container images)")
	case x.snap != nil && wire.Text(x.snap.ApplyOn) == api.SnapStartApplyOnPublishedVersions:
		return unbuilt("SnapStart")
	case x.tracing != nil && wire.Text(x.tracing.Mode) == api.TracingModeActive:
		return unbuilt("Active tracing (AWS X-Ray)")
	case x.vpc != nil && (len(x.vpc.SubnetIds) > 0 || len(x.vpc.SecurityGroupIds) > 0 || x.vpc.Ipv6AllowedForDualStack != nil && *x.vpc.Ipv6AllowedForDualStack):
		return invalid("VpcConfig with subnets is not built in this version of Vauban. A function reaches nothing but the API, and that only when its environment has %s=%s.", variableNetwork, networkAPI)
	}
	return nil
}

// apply puts the settings into the version.
func (s *Service) apply(f *Function, v *Config, x *settings) error {
	if err := x.refuse(); err != nil {
		return err
	}
	set(&v.Description, x.description)
	set(&v.Handler, x.handler)
	set(&v.Role, x.role)
	if x.runtime != nil {
		if err := s.runs(*x.runtime); err != nil {
			return err
		}
		v.Runtime = *x.runtime
	}
	for _, n := range []struct {
		to       *int
		from     *int64
		name     string
		min, max int64
	}{{&v.Memory, x.memory, "memorySize", minMemory, maxMemory}, {&v.Timeout, x.timeout, "timeout", 1, maxTimeout}} {
		switch {
		case n.from == nil:
		case *n.from < n.min:
			return invalid("Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d", *n.from, n.name, n.min)
		case *n.from > n.max:
			return invalid("Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", *n.from, n.name, n.max)
		default:
			*n.to = int(*n.from)
		}
	}
	if x.tmp != nil && x.tmp.Size != nil {
		v.Tmp = int(*x.tmp.Size)
	}
	if x.deadLetter != nil {
		to := wire.Text(x.deadLetter.TargetArn)
		if to != "" && kindOf(to) != "sqs" && kindOf(to) != "sns" {
			return invalid("The provided dead letter target %s is not a queue of Amazon SQS or a topic of Amazon SNS.", bounded(to, 200))
		}
		v.DeadLetter = to
	}
	return v.applyLogging(f, x.logging)
}

func set(to *string, from *string) {
	if from != nil {
		*to = *from
	}
}

func (v *Config) applyLogging(f *Function, x *api.LoggingConfig) error {
	if x == nil {
		return nil
	}
	if wire.Text(x.LogFormat) == api.LogFormatJson || x.ApplicationLogLevel != nil || x.SystemLogLevel != nil {
		return unbuilt("LogFormat JSON with its log levels")
	}
	if g := wire.Text(x.LogGroup); g != "" {
		v.LogGroup = g
		if g == "/aws/lambda/"+f.Name {
			v.LogGroup = ""
		}
	}
	return nil
}

// runs refuses a runtime that this host cannot run.
func (s *Service) runs(runtime string) error {
	if s.Sandbox == nil {
		return invalid("Functions are refused: this host isolates no code, and Vauban runs no function bare. The server says at its start, and `vauban doctor`, what is missing.")
	}
	known := s.Sandbox.Runtimes()
	why, ok := known[runtime]
	switch {
	case ok && why == nil:
		return nil
	case ok:
		return invalid("The runtime %s cannot run on this host: %v", bounded(runtime, 40), why)
	}
	var offered []string
	for name, err := range known {
		if err == nil {
			offered = append(offered, name)
		}
	}
	slices.Sort(offered)
	return invalid("The runtime %s is not offered by this version of Vauban. This host runs: %s.", bounded(runtime, 40), strings.Join(offered, ", "))
}

// complete checks what a version must have.
func (v *Config) complete() error {
	switch {
	case v.Runtime == "":
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	case v.Handler == "" && !strings.HasPrefix(v.Runtime, "provided"):
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	return nil
}

// shown is how a version is told of. env is what of its environment the caller may see.
func shown(f *Function, v *Config, qualifier string, env *api.EnvironmentResponse) *api.FunctionConfiguration {
	if qualifier == "" && v.Version != latest {
		qualifier = v.Version
	}
	out := &api.FunctionConfiguration{
		FunctionName: &f.Name, FunctionArn: new(functionARN(f.Account, f.Region, f.Name, qualifier)), Version: &v.Version, RevisionId: &v.Revision,
		Description: &v.Description, Runtime: &v.Runtime, Handler: &v.Handler, Role: &v.Role, MemorySize: new(int64(v.Memory)), Timeout: new(int64(v.Timeout)),
		EphemeralStorage: &api.EphemeralStorage{Size: new(int64(v.Tmp))}, Architectures: []string{v.Architecture}, PackageType: new(api.PackageTypeZip),
		CodeSha256: &v.Code.SHA256, CodeSize: &v.Code.Size, LastModified: stamp(v.Modified), KMSKeyArn: wire.Optional(v.Key),
		State: new(api.StateActive), LastUpdateStatus: new(api.LastUpdateStatusSuccessful), TracingConfig: &api.TracingConfigResponse{Mode: new(api.TracingModePassThrough)},
		SnapStart:     &api.SnapStartResponse{ApplyOn: new(api.SnapStartApplyOnNone), OptimizationStatus: new(api.SnapStartOptimizationStatusOff)},
		LoggingConfig: &api.LoggingConfig{LogFormat: new(api.LogFormatText), LogGroup: new(v.group(f.Name))},
		Environment:   env,
	}
	if v.DeadLetter != "" {
		out.DeadLetterConfig = &api.DeadLetterConfig{TargetArn: &v.DeadLetter}
	}
	for i := range v.Layers {
		out.Layers = append(out.Layers, api.Layer{Arn: &v.Layers[i].ARN, CodeSize: &v.Layers[i].Code.Size})
	}
	return out
}
