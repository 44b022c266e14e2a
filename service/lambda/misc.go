package lambda

import (
	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
)

// unusedOperations answer for features that nobody can have used here: what they would list is not there.
func (s *Service) unusedOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetRuntimeManagementConfig, on(s, func(in *api.GetRuntimeManagementConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.getRuntimeManagement),
		service.Writes(api.OpPutRuntimeManagementConfig, on(s, func(in *api.PutRuntimeManagementConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.putRuntimeManagement),
	}
}

func (s *Service) getRuntimeManagement(c *service.Call, _ *api.GetRuntimeManagementConfigInput) (*api.GetRuntimeManagementConfigOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	return &api.GetRuntimeManagementConfigOutput{FunctionArn: new(x.name.arn()), UpdateRuntimeOn: new(api.UpdateRuntimeOnAuto)}, nil
}

// putRuntimeManagement takes what is: the host's runtimes are what its operator installs.
func (s *Service) putRuntimeManagement(c *service.Call, in *api.PutRuntimeManagementConfigInput) (*api.PutRuntimeManagementConfigOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if wire.Text(in.UpdateRuntimeOn) != api.UpdateRuntimeOnAuto {
		return nil, invalid("UpdateRuntimeOn can only be Auto: a function runs on the runtime that this host has installed.")
	}
	return &api.PutRuntimeManagementConfigOutput{FunctionArn: new(x.name.arn()), UpdateRuntimeOn: in.UpdateRuntimeOn}, nil
}
