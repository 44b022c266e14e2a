package sns

import (
	api "vauban/api/sns"
	"vauban/service"
)

// Mobile push needs the services of the phones' makers. It is not built: there are no platform applications, and none can be made.

func (s *Service) platformOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListPlatformApplications, onAny[api.ListPlatformApplicationsInput], s.listPlatforms),
		service.Writes(api.OpCreatePlatformApplication, onAny[api.CreatePlatformApplicationInput], noPush[api.CreatePlatformApplicationInput, api.CreatePlatformApplicationOutput]),
		service.Writes(api.OpDeletePlatformApplication, onAny[api.DeletePlatformApplicationInput], noPush[api.DeletePlatformApplicationInput, api.DeletePlatformApplicationOutput]),
		service.Writes(api.OpCreatePlatformEndpoint, onAny[api.CreatePlatformEndpointInput], noApplication[api.CreatePlatformEndpointInput, api.CreatePlatformEndpointOutput]),
		service.Writes(api.OpDeleteEndpoint, onAny[api.DeleteEndpointInput], noPush[api.DeleteEndpointInput, api.DeleteEndpointOutput]),
		service.Reads(api.OpGetEndpointAttributes, onAny[api.GetEndpointAttributesInput], noEndpoint[api.GetEndpointAttributesInput, api.GetEndpointAttributesOutput]),
		service.Writes(api.OpSetEndpointAttributes, onAny[api.SetEndpointAttributesInput], noEndpoint[api.SetEndpointAttributesInput, api.SetEndpointAttributesOutput]),
		service.Reads(api.OpGetPlatformApplicationAttributes, onAny[api.GetPlatformApplicationAttributesInput], noApplication[api.GetPlatformApplicationAttributesInput, api.GetPlatformApplicationAttributesOutput]),
		service.Writes(api.OpSetPlatformApplicationAttributes, onAny[api.SetPlatformApplicationAttributesInput], noApplication[api.SetPlatformApplicationAttributesInput, api.SetPlatformApplicationAttributesOutput]),
		service.Reads(api.OpListEndpointsByPlatformApplication, onAny[api.ListEndpointsByPlatformApplicationInput], noApplication[api.ListEndpointsByPlatformApplicationInput, api.ListEndpointsByPlatformApplicationOutput]),
	}
}

func (s *Service) listPlatforms(_ *service.Call, in *api.ListPlatformApplicationsInput) (*api.ListPlatformApplicationsOutput, error) {
	if _, err := s.pageOf("platforms", in.NextToken); err != nil {
		return nil, err
	}
	return &api.ListPlatformApplicationsOutput{PlatformApplications: []api.PlatformApplication{}}, nil
}

func noPush[In, Out any](*service.Call, *In) (*Out, error) {
	return nil, invalid("Platform Reason: mobile push is not built in this version of Vauban")
}

func noApplication[In, Out any](*service.Call, *In) (*Out, error) {
	return nil, api.NotFoundException.New("PlatformApplication does not exist")
}

func noEndpoint[In, Out any](*service.Call, *In) (*Out, error) {
	return nil, api.NotFoundException.New("Endpoint does not exist")
}
