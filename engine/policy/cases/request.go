package cases

import (
	"errors"
	"fmt"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// read makes the engine's request.
func (r *Request) read() (*policy.Request, error) {
	if service, name, ok := strings.Cut(r.Action, ":"); !ok || service == "" || name == "" {
		return nil, fmt.Errorf("action %q: want service:Name", r.Action)
	}
	if r.Resource == "" {
		return nil, errors.New(`the request has no resource: give an ARN, or "*" for actions without resource types`)
	}
	if r.ResourceAccount != "" && !arn.IsAccount(r.ResourceAccount) {
		return nil, fmt.Errorf("resourceAccount %q: want 12 digits", r.ResourceAccount)
	}
	who, err := r.principal()
	if err != nil {
		return nil, err
	}
	req := &policy.Request{Principal: who, Action: r.Action, Resource: r.Resource, ResourceAccount: r.ResourceAccount, ResourceKind: r.kind()}
	if a, err := arn.Parse(r.Resource); err == nil && req.ResourceAccount == "" && arn.IsAccount(a.Account) {
		req.ResourceAccount = a.Account
	}
	if req.ResourceAccount == "" {
		req.ResourceAccount = who.Account
	}
	derive(&req.Context, req)
	for k, v := range r.Context {
		if v.Multi {
			req.Context.SetMulti(k, v.List)
		} else {
			req.Context.Set(k, v.List[0])
		}
	}
	return req, nil
}

// derive sets the condition keys that follow from the principal and the resource.
func derive(x *policy.Context, req *policy.Request) {
	who := &req.Principal
	set := func(key, value string) {
		if value != "" {
			x.Set(key, value)
		}
	}
	set("aws:ResourceAccount", req.ResourceAccount)
	switch who.Kind {
	case policy.Service:
		x.Set("aws:PrincipalIsAWSService", "true")
		x.Set("aws:PrincipalServiceName", who.Service)
		return
	case policy.Anonymous:
		x.Set("aws:PrincipalType", "Anonymous")
		x.Set("aws:userid", "anonymous")
		x.Set("aws:PrincipalAccount", "anonymous")
		return
	case policy.WebIdentity, policy.SAML:
		x.Set("aws:FederatedProvider", who.Provider)
		return
	}
	x.Set("aws:PrincipalIsAWSService", "false") // of those who sign
	set("aws:PrincipalAccount", who.Account)
	switch who.Kind {
	case policy.Root:
		x.Set("aws:PrincipalType", "Account")
		x.Set("aws:PrincipalArn", who.ARN)
		x.Set("aws:userid", who.Account)
	case policy.User:
		x.Set("aws:PrincipalType", "User")
		x.Set("aws:PrincipalArn", who.ARN)
		x.Set("aws:username", who.ARN[strings.LastIndexByte(who.ARN, '/')+1:])
	case policy.RoleSession:
		x.Set("aws:PrincipalType", "AssumedRole")
		x.Set("aws:PrincipalArn", who.Role)
	case policy.FederatedUser:
		x.Set("aws:PrincipalType", "FederatedUser")
		x.Set("aws:PrincipalArn", who.ARN)
	}
}

// one returns a single value of the context, or "".
func (r *Request) one(key string) string {
	for k, v := range r.Context {
		if strings.EqualFold(k, key) && len(v.List) == 1 {
			return v.List[0]
		}
	}
	return ""
}

// principal says what sort of principal the text names.
func (r *Request) principal() (policy.Principal, error) {
	text := r.Principal.Text
	if r.Principal.Anonymous {
		return policy.Principal{}, nil
	}
	a, err := arn.Parse(text)
	switch {
	case arn.IsAccount(text):
		return policy.Principal{Kind: policy.Root, Account: text, ARN: "arn:aws:iam::" + text + ":root", ID: text}, nil
	case err != nil && r.federates("WithWebIdentity") && text != "":
		return policy.Principal{Kind: policy.WebIdentity, Provider: text}, nil
	case err != nil && isService(text):
		return policy.Principal{Kind: policy.Service, Service: text}, nil
	case err != nil && r.besidesFederation() && strings.Contains(text, "."):
		return policy.Principal{Kind: policy.WebIdentity, Provider: text}, nil
	case err != nil:
		return policy.Principal{}, fmt.Errorf(`principal %q is neither an ARN nor a service name, nor {"type":"Anonymous"}`, text)
	}
	who := policy.Principal{Account: a.Account, ARN: text, ID: r.one("aws:userid")}
	switch a.Service + ":" + a.Type() {
	case "iam:":
		if a.Resource != "root" {
			return who, fmt.Errorf("principal %q is not a user, role or root", text)
		}
		who.Kind, who.ID = policy.Root, a.Account
	case "iam:user":
		who.Kind = policy.User
	case "iam:role": // nobody acts as a role but its sessions
		who.Kind, who.Role, who.ARN = policy.RoleSession, text, ""
	case "sts:assumed-role":
		who.Kind, who.Role = policy.RoleSession, r.roleOf(a)
	case "sts:federated-user":
		who.Kind = policy.FederatedUser
	case "iam:oidc-provider":
		return policy.Principal{Kind: policy.WebIdentity, Provider: text}, nil
	case "iam:saml-provider":
		return policy.Principal{Kind: policy.SAML, Provider: text}, nil
	default:
		return who, fmt.Errorf("principal %q is not a user, role, session, federated user, root or identity provider", text)
	}
	if !arn.IsAccount(a.Account) {
		return who, fmt.Errorf("principal %q has no account of 12 digits", text)
	}
	if who.Kind == policy.RoleSession {
		who.ID, _, _ = strings.Cut(who.ID, ":")
		role, _ := arn.Parse(who.Role)
		who.ServiceLinked = strings.HasPrefix(role.Resource, "role/aws-service-role/")
	}
	return who, nil
}

// roleOf is the ARN of the role behind a session: with its path where the context tells it.
func (r *Request) roleOf(session arn.ARN) string {
	if role := r.one("aws:PrincipalArn"); role != "" {
		return role
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(session.Resource, "assumed-role/"), "/")
	return "arn:" + session.Partition + ":iam::" + session.Account + ":role/" + name
}

// isService: names like ec2.amazonaws.com, and custom ones of AWS's like ec2.amazonaws.com.cn.
func isService(text string) bool {
	return strings.HasSuffix(text, ".amazonaws.com") || strings.HasSuffix(text, ".amazonaws.com.cn")
}

func (r *Request) federates(how string) bool {
	return strings.EqualFold(r.Action, "sts:AssumeRole"+how)
}

// besidesFederation: what is asked beside AssumeRoleWithWebIdentity is asked in the name of the same provider. AWS documentation: "Pass
// session tags in AWS STS".
func (r *Request) besidesFederation() bool {
	return strings.EqualFold(r.Action, "sts:TagSession") || strings.EqualFold(r.Action, "sts:SetSourceIdentity")
}

// kind says by which rules the resource's policy counts.
func (r *Request) kind() policy.ResourceKind {
	a, err := arn.Parse(r.Resource)
	if err != nil {
		return policy.Ordinary
	}
	service, name, _ := strings.Cut(strings.ToLower(r.Action), ":")
	switch {
	case service == "kms" && a.Service == "kms" && a.Type() == "key":
		return policy.KMSKey
	case service == "sts" && a.Service == "iam" && a.Type() == "role" && (strings.HasPrefix(name, "assumerole") || name == "tagsession" || name == "setsourceidentity" || name == "setcontext"):
		return policy.RoleTrust
	}
	return policy.Ordinary
}
