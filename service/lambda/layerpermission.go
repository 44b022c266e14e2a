package lambda

import (
	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
)

func (s *Service) layerPermissionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpAddLayerVersionPermission, onLayerVersion(s, func(in *api.AddLayerVersionPermissionInput) (*string, *int64) { return in.LayerName, in.VersionNumber }), s.addLayerPermission),
		service.Writes(api.OpRemoveLayerVersionPermission, onLayerVersion(s, func(in *api.RemoveLayerVersionPermissionInput) (*string, *int64) {
			return in.LayerName, in.VersionNumber
		}), s.removeLayerPermission),
		service.Reads(api.OpGetLayerVersionPolicy, onLayerVersion(s, func(in *api.GetLayerVersionPolicyInput) (*string, *int64) { return in.LayerName, in.VersionNumber }), s.getLayerPolicy),
	}
}

func (s *Service) addLayerPermission(c *service.Call, in *api.AddLayerVersionPermissionInput) (*api.AddLayerVersionPermissionOutput, error) {
	v, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	if err := stale(in.RevisionId, v.Revision, "GetLayerPolicy"); err != nil {
		return nil, err
	}
	st := &service.Statement{Sid: wire.Text(in.StatementId), Effect: "Allow", Action: service.OneOrMore{wire.Text(in.Action)}, Resource: v.name().arn()}
	if st.Principal, err = principalOf(wire.Text(in.Principal)); err != nil {
		return nil, err
	}
	if in.OrganizationId != nil {
		if wire.Text(in.Principal) != "*" {
			return nil, invalid("OrganizationId needs the principal *.")
		}
		st.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": *in.OrganizationId}}
	}
	p, text, err := s.add(c.Tx, &v.Policy, st)
	if err != nil {
		return nil, err
	}
	v.Policy = p
	if v.Revision, err = s.newUUID(); err != nil {
		return nil, err
	}
	return &api.AddLayerVersionPermissionOutput{Statement: &text, RevisionId: &v.Revision}, layerVersions.Update(c.Tx, v)
}

func (s *Service) removeLayerPermission(c *service.Call, in *api.RemoveLayerVersionPermissionInput) (*api.RemoveLayerVersionPermissionOutput, error) {
	v, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	if err := stale(in.RevisionId, v.Revision, "GetLayerPolicy"); err != nil {
		return nil, err
	}
	if v.Policy.Text == "" {
		return nil, missing("No policy is associated with the given resource.")
	}
	if v.Policy, err = s.remove(c.Tx, &v.Policy, wire.Text(in.StatementId)); err != nil {
		return nil, err
	}
	if v.Revision, err = s.newUUID(); err != nil {
		return nil, err
	}
	return &api.RemoveLayerVersionPermissionOutput{}, layerVersions.Update(c.Tx, v)
}

func (s *Service) getLayerPolicy(c *service.Call, _ *api.GetLayerVersionPolicyInput) (*api.GetLayerVersionPolicyOutput, error) {
	v, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	if v.Policy.Text == "" {
		return nil, missing("No policy is associated with the given resource.")
	}
	text, err := s.written(c.Tx, &v.Policy)
	return &api.GetLayerVersionPolicyOutput{Policy: &text, RevisionId: &v.Revision}, err
}
