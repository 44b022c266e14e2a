package target

import (
	"fmt"

	"vauban/access"
	"vauban/api/sts"
	"vauban/api/wire"
	"vauban/service"
)

// Credentials assumes a role as a service principal, on behalf of a resource: the role's trust policy must let the principal in, and the call is recorded.
func Credentials(door service.Door, c *service.Call, principal, sourceARN, account, role, session string) (*sts.Credentials, error) {
	out, err := door.Call(service.Inner(c), service.AsService(principal, sourceARN, account), "sts", "AssumeRole",
		&sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &session})
	if err != nil {
		return nil, fmt.Errorf("assume %s: %w", role, err)
	}
	return out.(*sts.AssumeRoleOutput).Credentials, nil
}

// Role assumes a role as [Credentials] does and returns the identity that acts with it, through the service.
func Role(door service.Door, c *service.Call, seal access.Sealer, principal, sourceARN, account, role, session string) (service.Identity, error) {
	issued, err := Credentials(door, c, principal, sourceARN, account, role, session)
	if err != nil {
		return service.Identity{}, err
	}
	opened, err := access.OpenSession(seal, wire.Text(issued.SessionToken))
	if err != nil {
		return service.Identity{}, fmt.Errorf("the session of %s: %w", role, err)
	}
	return service.AsRole(principal, opened.Caller), nil
}
