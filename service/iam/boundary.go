package iam

import (
	api "vauban/api/iam"
	"vauban/engine/arn"
	"vauban/store"
)

// setBoundary makes the managed policy of that ARN the permissions boundary. The caller stores the entity.
func (g *grants) setBoundary(tx store.Tx, account, name string) error {
	a, err := arn.Parse(name)
	if err != nil || a.Service != "iam" || a.Type() != "policy" {
		return api.InvalidInputException.New("ARN %s is not valid.", name)
	}
	ref, err := resolve(tx, account, name)
	if store.IsAbsent(err) || err == nil && (ref.serviceOnly() || ref.taskOnly()) {
		return api.NoSuchEntityException.New("Scope ARN: %s does not exist or is not attachable.", name)
	}
	if err != nil {
		return err
	}
	if err := g.clearBoundary(tx, account); err != nil {
		return err
	}
	g.Boundary = name
	return use(tx, account, name, 0, 1)
}

// clearBoundary removes the boundary, if there is one. The caller stores the entity.
func (g *grants) clearBoundary(tx store.Tx, account string) error {
	if g.Boundary == "" {
		return nil
	}
	name := g.Boundary
	g.Boundary = ""
	return use(tx, account, name, 0, -1)
}

// boundaryType is what AWS answers, though its model names the value PermissionsBoundaryPolicy.
const boundaryType = "Policy"

func (g *grants) shownBoundary() *api.AttachedPermissionsBoundary {
	if g.Boundary == "" {
		return nil
	}
	return &api.AttachedPermissionsBoundary{PermissionsBoundaryArn: new(g.Boundary), PermissionsBoundaryType: new(boundaryType)}
}
