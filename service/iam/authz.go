package iam

import (
	"errors"
	"slices"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// CloudTrail's types of the resources that operations name.
const (
	typeUser    = "AWS::IAM::User"
	typeGroup   = "AWS::IAM::Group"
	typeRole    = "AWS::IAM::Role"
	typePolicy  = "AWS::IAM::Policy"
	typeProfile = "AWS::IAM::InstanceProfile"
	typeKey     = "AWS::IAM::AccessKey"
	typeMFA     = "AWS::IAM::MFADevice"
)

// condition is the set of condition keys that one question adds.
type condition map[string][]string

func (k condition) set(key, value string) condition {
	if value != "" {
		k[key] = []string{value}
	}
	return k
}

// resourceTags are the keys that a tagged resource gives. Users and roles give them under both prefixes.
func (k condition) resourceTags(tags []Tag) condition {
	service.ResourceTags(k, service.Tags(tags), "iam:ResourceTag/")
	return k
}

// ownTags are the keys that a tagged resource other than a user or role gives.
func (k condition) ownTags(tags []Tag) condition {
	service.ResourceTags(k, service.Tags(tags))
	return k
}

// requestTags are the keys that tags in a request give.
func (k condition) requestTags(tags []api.Tag) condition {
	service.RequestTags(k, service.Tags(tags))
	return k
}

func (k condition) tagKeys(keys []string) condition {
	service.TagKeys(k, keys)
	return k
}

// keyBoundary is the condition key that holds the permissions boundary of the user or role, or the one that it is to have.
const keyBoundary = "iam:PermissionsBoundary"

// givingBoundary leaves the permissions boundary out of the questions of actions that AWS does not give it: a condition on it matches
// there as one on an absent key does. Service Authorization Reference: "Actions, resources, and condition keys for IAM".
func givingBoundary(rows []service.Row) []service.Row {
	for i := range rows {
		rule, action := rows[i].Resource, &rows[i].Op.Actions[0]
		if slices.Contains(action.Keys, keyBoundary) {
			continue
		}
		rows[i].Resource = func(c *service.Call, in any) ([]service.Question, error) {
			qs, err := rule(c, in)
			for _, q := range qs {
				delete(q.Context, keyBoundary)
			}
			return qs, err
		}
	}
	return rows
}

// onUser is the rule of an operation on the user of that name; without a name, on the caller's own user. A user that does not
// exist is authorised under the ARN that it would have at the root path.
func onUser[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		n, err := userName(c, name(in))
		if err != nil {
			return nil, err
		}
		k := condition{}
		u, err := users.Get(c.Tx, entityKey(c.Account, n))
		switch {
		case errors.Is(err, store.ErrNotFound):
			u = &User{Account: c.Account, Name: n, Path: "/"}
		case err != nil:
			return nil, err
		}
		k.resourceTags(u.Tags).set(keyBoundary, u.Boundary)
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: u.ARN(), Context: k, ResourceType: typeUser}}, nil
	}
}

// onGroup is the rule of an operation on the group of that name.
func onGroup[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		k := condition{}
		n := wire.Text(name(in))
		g, err := groups.Get(c.Tx, entityKey(c.Account, n))
		switch {
		case errors.Is(err, store.ErrNotFound):
			g = &Group{Account: c.Account, Name: n, Path: "/"}
		case err != nil:
			return nil, err
		}
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: g.ARN(), Context: k, ResourceType: typeGroup}}, nil
	}
}

// onRole is the rule of an operation on the role of that name.
func onRole[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		k := condition{}
		n := wire.Text(name(in))
		r, err := roles.Get(c.Tx, entityKey(c.Account, n))
		switch {
		case errors.Is(err, store.ErrNotFound):
			r = &Role{Account: c.Account, Name: n, Path: "/"}
		case err != nil:
			return nil, err
		}
		k.resourceTags(r.Tags).set(keyBoundary, r.Boundary)
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: r.ARN(), Context: k, ResourceType: typeRole}}, nil
	}
}

// onNew is the rule of an operation that makes an entity: it acts on the ARN that the entity will have.
func onNew[In any](arn func(c *service.Call, in *In) string, kind string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		k := condition{}
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: arn(c, in), Context: k, ResourceType: kind}}, nil
	}
}

// onPolicy is the rule of an operation that reads a managed policy: the account's own, or one of AWS's, which every account may read.
func onPolicy[In any](arn func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		qs, err := onOwnPolicy(arn, more...)(c, in)
		if err == nil && qs[0].Account == awsAccount {
			qs[0].Account = ""
		}
		return qs, err
	}
}

// onOwnPolicy is the rule of an operation that changes a managed policy. A policy of AWS or of another account is authorised as what it
// is, another account's resource: so nobody here is allowed to change it.
func onOwnPolicy[In any](arn func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		a := wire.Text(arn(in))
		owner := accountOf(a)
		if owner == "" {
			return nil, api.InvalidInputException.New("ARN %s is not valid.", a)
		}
		k := condition{}
		p, err := policyByARN(c.Tx, c.Account, a)
		switch {
		case err == nil:
			k.ownTags(p.Tags)
		case !store.IsAbsent(err):
			return nil, err
		}
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: a, Account: owner, Context: k, ResourceType: typePolicy}}, nil
	}
}

// awsAccount owns AWS's managed policies.
const awsAccount = "aws"

// onAll is the rule of an operation without a resource type: only a policy's "*" matches.
func onAll[In any](c *service.Call, in *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// userName is the name in the request, or the caller's own user.
func userName(c *service.Call, name *string) (string, error) {
	if name != nil {
		return *name, nil
	}
	if who := callingUser(c); who != "" {
		return who, nil
	}
	return "", ValidationError.New("Must specify userName when calling with non-User credentials")
}
