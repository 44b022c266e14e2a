package organizations

import (
	api "vauban/api/organizations"
	"vauban/service"
)

// Responsibility transfers hand one organization's bill to another. There are no bills here, so there is no transfer, and none can be
// proposed.

func (s *Service) transferOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpInviteOrganizationToTransferResponsibility, management, onAll[api.InviteOrganizationToTransferResponsibilityInput], s.inviteToTransfer),
		reads(s, api.OpListInboundResponsibilityTransfers, management, onAll[api.ListInboundResponsibilityTransfersInput], s.listInboundTransfers),
		reads(s, api.OpListOutboundResponsibilityTransfers, management, onAll[api.ListOutboundResponsibilityTransfersInput], s.listOutboundTransfers),
		reads(s, api.OpDescribeResponsibilityTransfer, management, onAll[api.DescribeResponsibilityTransferInput],
			noTransfer[api.DescribeResponsibilityTransferInput, api.DescribeResponsibilityTransferOutput]),
		writes(s, api.OpUpdateResponsibilityTransfer, management, onAll[api.UpdateResponsibilityTransferInput],
			noTransfer[api.UpdateResponsibilityTransferInput, api.UpdateResponsibilityTransferOutput]),
		writes(s, api.OpTerminateResponsibilityTransfer, management, onAll[api.TerminateResponsibilityTransferInput],
			noTransfer[api.TerminateResponsibilityTransferInput, api.TerminateResponsibilityTransferOutput]),
	}
}

func noTransfer[In, Out any](*visit, *In) (*Out, error) {
	return nil, api.ResponsibilityTransferNotFoundException.New("We can't find a transfer that you specified.")
}

func (s *Service) inviteToTransfer(*visit, *api.InviteOrganizationToTransferResponsibilityInput) (*api.InviteOrganizationToTransferResponsibilityOutput, error) {
	return nil, api.UnsupportedAPIEndpointException.New("This action isn't available: this deployment has no billing whose responsibility could be transferred.")
}

func (s *Service) listInboundTransfers(_ *visit, in *api.ListInboundResponsibilityTransfersInput) (*api.ListInboundResponsibilityTransfersOutput, error) {
	if in.NextToken != nil {
		return nil, badToken()
	}
	return &api.ListInboundResponsibilityTransfersOutput{ResponsibilityTransfers: []api.ResponsibilityTransfer{}}, nil
}

func (s *Service) listOutboundTransfers(_ *visit, in *api.ListOutboundResponsibilityTransfersInput) (*api.ListOutboundResponsibilityTransfersOutput, error) {
	if in.NextToken != nil {
		return nil, badToken()
	}
	return &api.ListOutboundResponsibilityTransfersOutput{ResponsibilityTransfers: []api.ResponsibilityTransfer{}}, nil
}
