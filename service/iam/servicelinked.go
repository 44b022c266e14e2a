package iam

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/iam/managed"
	"vauban/store"
)

// A service-linked role trusts one service, holds one AWS managed policy, and is changed by nobody else.
// IAM User Guide: "Create a service-linked role".

// deletion is the deletion of a service-linked role. No service here holds on to a role, so it succeeds at once; the record stays
// for GetServiceLinkedRoleDeletionStatus.
type deletion struct {
	Account string    `json:"account"`
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
}

var deletions = &store.Table[deletion]{
	Name: "iam.service-role-deletion",
	Key:  func(d *deletion) store.Key { return store.K(d.Account, d.ID) },
}

const maxRoleName = 64

func (s *Service) serviceLinkedOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateServiceLinkedRole, onNew(newServiceRoleARN, typeRole, func(in *api.CreateServiceLinkedRoleInput, k condition) {
			k.set("iam:AWSServiceName", wire.Text(in.AWSServiceName))
		}), s.createServiceLinkedRole),
		service.Writes(api.OpDeleteServiceLinkedRole, onRole(func(in *api.DeleteServiceLinkedRoleInput) *string { return in.RoleName }), s.deleteServiceLinkedRole),
		service.Reads(api.OpGetServiceLinkedRoleDeletionStatus, onDeletion, s.getServiceLinkedRoleDeletionStatus),
	}
}

// newServiceRoleARN is the ARN that the role will have; for a service without such a role, the path alone.
func newServiceRoleARN(c *service.Call, in *api.CreateServiceLinkedRoleInput) string {
	l := linkedRoles[wire.Text(in.AWSServiceName)]
	return entityARN(c.Account, "role", serviceRolePath+wire.Text(in.AWSServiceName)+"/", l.roleName(wire.Text(in.CustomSuffix)))
}

func (l linkedRole) roleName(suffix string) string {
	if suffix == "" {
		return l.name
	}
	return l.name + "_" + suffix
}

func (l linkedRole) policyARN() string { return "arn:aws:iam::aws:policy/aws-service-role/" + l.policy }

func (s *Service) createServiceLinkedRole(c *service.Call, in *api.CreateServiceLinkedRoleInput) (*api.CreateServiceLinkedRoleOutput, error) {
	principal, suffix := *in.AWSServiceName, wire.Text(in.CustomSuffix)
	l, ok := linkedRoles[principal]
	if !ok {
		return nil, accessDenied.New("Cannot find Service Linked Role template for %s", principal)
	}
	if suffix != "" && !l.suffix {
		return nil, api.InvalidInputException.New("Custom suffix is not allowed for %s", principal)
	}
	if _, ok := managed.ByARN(l.policyARN()); !ok {
		return nil, api.NoSuchEntityException.New("The service-linked role of %s needs the policy %s, which is not available.", principal, l.policyARN())
	}
	if n := l.roleName(suffix); len(n) > maxRoleName {
		return nil, ValidationError.New("Role name %s is longer than %d characters.", n, maxRoleName)
	}
	r := l.role(c.Account, principal, suffix, wire.Text(in.Description), c.Time)
	err := s.insertRole(c.Tx, r)
	var exists *store.ExistsError
	if errors.As(err, &exists) {
		return nil, api.InvalidInputException.New("Service role name %s has been taken in this account, please try a different suffix.", r.Name)
	}
	if err != nil {
		return nil, err
	}
	if err := use(c.Tx, c.Account, l.policyARN(), 1, 0); err != nil {
		return nil, err
	}
	out, err := r.shown(c.Tx)
	return &api.CreateServiceLinkedRoleOutput{Role: out}, err
}

// role is the role as the service makes it.
func (l linkedRole) role(account, principal, suffix, description string, now time.Time) *Role {
	r := &Role{
		Account: account, Name: l.roleName(suffix), Path: serviceRolePath + principal + "/", Created: seconds(now),
		Description: description, MaxSession: defaultMaxSession,
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["` + principal + `"]},"Action":["sts:AssumeRole"]}]}`,
	}
	r.Attached = []string{l.policyARN()}
	return r
}

func (s *Service) deleteServiceLinkedRole(c *service.Call, in *api.DeleteServiceLinkedRoleInput) (*api.DeleteServiceLinkedRoleOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if !r.ServiceLinked() {
		return nil, api.NoSuchEntityException.New("The service-linked role with name %s cannot be found.", r.Name)
	}
	id, err := deletionID(s.Rand, r)
	if err != nil {
		return nil, err
	}
	d := &deletion{Account: c.Account, ID: id, Status: api.DeletionTaskStatusTypeSucceeded, Created: c.Time.UTC()}
	if err := deletions.Insert(c.Tx, d); err != nil {
		return nil, err
	}
	for _, arn := range r.Attached {
		if err := use(c.Tx, c.Account, arn, -1, 0); err != nil {
			return nil, err
		}
	}
	return &api.DeleteServiceLinkedRoleOutput{DeletionTaskId: &d.ID}, s.removeRole(c.Tx, r)
}

// deletionID names the role and carries a random UUID (RFC 9562, version 4), as AWS's do: task/aws-service-role/SERVICE/ROLE/UUID.
func deletionID(random io.Reader, r *Role) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a deletion task ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return "task" + r.Path + r.Name + "/" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// onDeletion asks for the role that the task deletes.
func onDeletion(c *service.Call, in *api.GetServiceLinkedRoleDeletionStatusInput) ([]service.Question, error) {
	resource := strings.TrimPrefix(*in.DeletionTaskId, "task")
	if i := strings.LastIndexByte(resource, '/'); i >= 0 {
		resource = resource[:i]
	}
	return []service.Question{{Resource: "arn:aws:iam::" + c.Account + ":role" + resource, ResourceType: typeRole}}, nil
}

func (s *Service) getServiceLinkedRoleDeletionStatus(
	c *service.Call, in *api.GetServiceLinkedRoleDeletionStatusInput,
) (*api.GetServiceLinkedRoleDeletionStatusOutput, error) {
	if !strings.HasPrefix(*in.DeletionTaskId, "task"+serviceRolePath) {
		return nil, api.InvalidInputException.New("Invalid deletion task ID %s.", *in.DeletionTaskId)
	}
	d, err := deletions.Get(c.Tx, store.K(c.Account, *in.DeletionTaskId))
	if store.IsAbsent(err) {
		return nil, api.NoSuchEntityException.New("The deletion task with ID %s cannot be found.", *in.DeletionTaskId)
	}
	if err != nil {
		return nil, err
	}
	return &api.GetServiceLinkedRoleDeletionStatusOutput{Status: &d.Status}, nil
}
