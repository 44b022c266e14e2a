package iam

import (
	api "vauban/api/iam"
	"vauban/store"
)

// setBoundary makes the managed policy of that ARN the permissions boundary. The caller stores the entity.
func (g *grants) setBoundary(tx store.Tx, account, arn string) error {
	if _, err := attachable(tx, account, arn); err != nil {
		return err
	}
	if err := g.clearBoundary(tx, account); err != nil {
		return err
	}
	g.Boundary = arn
	return use(tx, account, arn, 0, 1)
}

// clearBoundary removes the boundary, if there is one. The caller stores the entity.
func (g *grants) clearBoundary(tx store.Tx, account string) error {
	if g.Boundary == "" {
		return nil
	}
	arn := g.Boundary
	g.Boundary = ""
	return use(tx, account, arn, 0, -1)
}

func (g *grants) shownBoundary() *api.AttachedPermissionsBoundary {
	if g.Boundary == "" {
		return nil
	}
	return &api.AttachedPermissionsBoundary{PermissionsBoundaryArn: new(g.Boundary), PermissionsBoundaryType: new("PermissionsBoundaryPolicy")}
}
