package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func goManaged(t *testing.T, g *goSDK) {
	made := call(t, g.CreatePolicy, iam.CreatePolicyInput{PolicyName: p("see"), Path: p("/rules/"), PolicyDocument: allow("iam:GetUser")}).Policy
	arn := made.Arn
	want(t, *arn, g.arn("policy/rules/see"))
	want(t, *call(t, g.GetPolicy, iam.GetPolicyInput{PolicyArn: arn}).Policy.PolicyId, *made.PolicyId)
	refused[*types.MalformedPolicyDocumentException](t, "MalformedPolicyDocument", g.CreatePolicy, iam.CreatePolicyInput{PolicyName: p("bad"), PolicyDocument: p("{}")})
	call(t, g.CreatePolicyVersion, iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allow("iam:*")})
	wantDocument(t, call(t, g.GetPolicyVersion, iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: p("v2")}).PolicyVersion.Document, allow("iam:*"))
	call(t, g.SetDefaultPolicyVersion, iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: p("v2")})
	want(t, *call(t, g.GetPolicy, iam.GetPolicyInput{PolicyArn: arn}).Policy.DefaultVersionId, "v2")
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeletePolicyVersion, iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: p("v2")})
	versions := iam.NewListPolicyVersionsPaginator(g, &iam.ListPolicyVersionsInput{PolicyArn: arn, MaxItems: aws.Int32(1)})
	wantNames(t, listed(t, versions, func(x *iam.ListPolicyVersionsPaginator) (*iam.ListPolicyVersionsOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.ListPolicyVersionsOutput) []types.PolicyVersion { return o.Versions }), func(v types.PolicyVersion) *string { return v.VersionId }, "v2", "v1")
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeletePolicy, iam.DeletePolicyInput{PolicyArn: arn})
	call(t, g.DeletePolicyVersion, iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: p("v1")})
	call(t, g.TagPolicy, iam.TagPolicyInput{PolicyArn: arn, Tags: tagged})
	call(t, g.UntagPolicy, iam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListPolicyTags, iam.ListPolicyTagsInput{PolicyArn: arn}).Tags)
	call(t, g.CreatePolicy, iam.CreatePolicyInput{PolicyName: p("spare"), Path: p("/rules/"), PolicyDocument: allow("iam:GetUser")})
	pages := iam.NewListPoliciesPaginator(g, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, PathPrefix: p("/rules/"), MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListPoliciesPaginator) (*iam.ListPoliciesOutput, error) { return x.NextPage(t.Context()) }, func(o *iam.ListPoliciesOutput) []types.Policy { return o.Policies })
	wantNames(t, all, func(x types.Policy) *string { return x.PolicyName }, "see", "spare")
	for _, x := range all {
		call(t, g.DeletePolicy, iam.DeletePolicyInput{PolicyArn: x.Arn})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetPolicy, iam.GetPolicyInput{PolicyArn: arn})
}

// holders makes one principal of each kind, all of one name, for as long as the part plays.
func (g *goSDK) holders(t *testing.T, name string) *string {
	t.Helper()
	call(t, g.CreateUser, iam.CreateUserInput{UserName: &name})
	call(t, g.CreateGroup, iam.CreateGroupInput{GroupName: &name})
	call(t, g.CreateRole, iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: trust("ec2.amazonaws.com")})
	return &name
}

// release deletes them: it is refused when something is left attached.
func (g *goSDK) release(t *testing.T, name *string) {
	t.Helper()
	call(t, g.DeleteUser, iam.DeleteUserInput{UserName: name})
	call(t, g.DeleteGroup, iam.DeleteGroupInput{GroupName: name})
	call(t, g.DeleteRole, iam.DeleteRoleInput{RoleName: name})
}

func goAttached(t *testing.T, g *goSDK) {
	name := g.holders(t, "attached")
	arn := call(t, g.CreatePolicy, iam.CreatePolicyInput{PolicyName: p("own"), PolicyDocument: allow("sqs:SendMessage")}).Policy.Arn
	call(t, g.AttachUserPolicy, iam.AttachUserPolicyInput{UserName: name, PolicyArn: arn})
	call(t, g.AttachGroupPolicy, iam.AttachGroupPolicyInput{GroupName: name, PolicyArn: arn})
	call(t, g.AttachRolePolicy, iam.AttachRolePolicyInput{RoleName: name, PolicyArn: arn})
	want(t, *call(t, g.GetPolicy, iam.GetPolicyInput{PolicyArn: arn}).Policy.AttachmentCount, 3)
	shown := func(x types.AttachedPolicy) *string { return x.PolicyArn }
	wantNames(t, call(t, g.ListAttachedUserPolicies, iam.ListAttachedUserPoliciesInput{UserName: name}).AttachedPolicies, shown, *arn)
	wantNames(t, call(t, g.ListAttachedGroupPolicies, iam.ListAttachedGroupPoliciesInput{GroupName: name}).AttachedPolicies, shown, *arn)
	wantNames(t, call(t, g.ListAttachedRolePolicies, iam.ListAttachedRolePoliciesInput{RoleName: name}).AttachedPolicies, shown, *arn)
	e := call(t, g.ListEntitiesForPolicy, iam.ListEntitiesForPolicyInput{PolicyArn: arn})
	want(t, [3]int{len(e.PolicyUsers), len(e.PolicyGroups), len(e.PolicyRoles)}, [3]int{1, 1, 1})
	granting := call(t, g.ListPoliciesGrantingServiceAccess, iam.ListPoliciesGrantingServiceAccessInput{Arn: p(g.arn("user/" + *name)), ServiceNamespaces: []string{"sqs"}})
	wantNames(t, granting.PoliciesGrantingServiceAccess[0].Policies, func(x types.PolicyGrantingServiceAccess) *string { return x.PolicyArn }, *arn)
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeletePolicy, iam.DeletePolicyInput{PolicyArn: arn})
	call(t, g.DetachUserPolicy, iam.DetachUserPolicyInput{UserName: name, PolicyArn: arn})
	call(t, g.DetachGroupPolicy, iam.DetachGroupPolicyInput{GroupName: name, PolicyArn: arn})
	call(t, g.DetachRolePolicy, iam.DetachRolePolicyInput{RoleName: name, PolicyArn: arn})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.DetachRolePolicy, iam.DetachRolePolicyInput{RoleName: name, PolicyArn: arn})
	call(t, g.DeletePolicy, iam.DeletePolicyInput{PolicyArn: arn})
	g.release(t, name)
}

func goInline(t *testing.T, g *goSDK) {
	name, one := g.holders(t, "inline"), p("one")
	for _, doc := range []*string{allow("iam:GetUser"), allow("iam:*")} { // the second changes the first
		call(t, g.PutUserPolicy, iam.PutUserPolicyInput{UserName: name, PolicyName: one, PolicyDocument: doc})
		call(t, g.PutGroupPolicy, iam.PutGroupPolicyInput{GroupName: name, PolicyName: one, PolicyDocument: doc})
		call(t, g.PutRolePolicy, iam.PutRolePolicyInput{RoleName: name, PolicyName: one, PolicyDocument: doc})
	}
	wantDocument(t, call(t, g.GetUserPolicy, iam.GetUserPolicyInput{UserName: name, PolicyName: one}).PolicyDocument, allow("iam:*"))
	wantDocument(t, call(t, g.GetGroupPolicy, iam.GetGroupPolicyInput{GroupName: name, PolicyName: one}).PolicyDocument, allow("iam:*"))
	wantDocument(t, call(t, g.GetRolePolicy, iam.GetRolePolicyInput{RoleName: name, PolicyName: one}).PolicyDocument, allow("iam:*"))
	self := func(s string) *string { return &s }
	wantNames(t, call(t, g.ListUserPolicies, iam.ListUserPoliciesInput{UserName: name}).PolicyNames, self, "one")
	wantNames(t, call(t, g.ListGroupPolicies, iam.ListGroupPoliciesInput{GroupName: name}).PolicyNames, self, "one")
	wantNames(t, call(t, g.ListRolePolicies, iam.ListRolePoliciesInput{RoleName: name}).PolicyNames, self, "one")
	refused[*types.MalformedPolicyDocumentException](t, "MalformedPolicyDocument", g.PutUserPolicy, iam.PutUserPolicyInput{UserName: name, PolicyName: one, PolicyDocument: p("{}")})
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeleteRole, iam.DeleteRoleInput{RoleName: name})
	call(t, g.DeleteUserPolicy, iam.DeleteUserPolicyInput{UserName: name, PolicyName: one})
	call(t, g.DeleteGroupPolicy, iam.DeleteGroupPolicyInput{GroupName: name, PolicyName: one})
	call(t, g.DeleteRolePolicy, iam.DeleteRolePolicyInput{RoleName: name, PolicyName: one})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetUserPolicy, iam.GetUserPolicyInput{UserName: name, PolicyName: one})
	g.release(t, name)
}

func goBoundaries(t *testing.T, g *goSDK) {
	name, arn := g.holders(t, "bounded"), p("arn:aws:iam::aws:policy/ReadOnlyAccess")
	call(t, g.PutUserPermissionsBoundary, iam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: arn})
	call(t, g.PutRolePermissionsBoundary, iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: arn})
	want(t, *call(t, g.GetUser, iam.GetUserInput{UserName: name}).User.PermissionsBoundary.PermissionsBoundaryArn, *arn)
	want(t, *call(t, g.GetRole, iam.GetRoleInput{RoleName: name}).Role.PermissionsBoundary.PermissionsBoundaryArn, *arn)
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.PutUserPermissionsBoundary, iam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: p(g.arn("policy/none"))})
	call(t, g.DeleteUserPermissionsBoundary, iam.DeleteUserPermissionsBoundaryInput{UserName: name})
	call(t, g.DeleteRolePermissionsBoundary, iam.DeleteRolePermissionsBoundaryInput{RoleName: name})
	want(t, call(t, g.GetUser, iam.GetUserInput{UserName: name}).User.PermissionsBoundary, nil)
	want(t, call(t, g.GetRole, iam.GetRoleInput{RoleName: name}).Role.PermissionsBoundary, nil)
	g.release(t, name)
}

func goSimulated(t *testing.T, g *goSDK) {
	name := g.holders(t, "simulated")
	call(t, g.PutUserPolicy, iam.PutUserPolicyInput{UserName: name, PolicyName: p("see"), PolicyDocument: allow("iam:GetUser")})
	actions, keyed := []string{"iam:GetUser", "sqs:SendMessage"}, []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:*:*:${aws:username}"}]}`}
	source := p(g.arn("user/simulated"))
	pages := iam.NewSimulatePrincipalPolicyPaginator(g, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: source, ActionNames: actions, MaxItems: aws.Int32(1)})
	decision := func(r types.EvaluationResult) *string { return (*string)(&r.EvalDecision) }
	wantNames(t, listed(t, pages, func(x *iam.SimulatePrincipalPolicyPaginator) (*iam.SimulatePrincipalPolicyOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.SimulatePrincipalPolicyOutput) []types.EvaluationResult { return o.EvaluationResults }), decision, "allowed", "implicitDeny")
	custom := call(t, g.SimulateCustomPolicy, iam.SimulateCustomPolicyInput{PolicyInputList: []string{*allow("sqs:*")}, ActionNames: actions})
	wantNames(t, custom.EvaluationResults, decision, "implicitDeny", "allowed")
	refused[*types.InvalidInputException](t, "InvalidInput", g.SimulateCustomPolicy, iam.SimulateCustomPolicyInput{PolicyInputList: []string{"{"}, ActionNames: actions})
	self := func(s string) *string { return &s }
	wantNames(t, call(t, g.GetContextKeysForCustomPolicy, iam.GetContextKeysForCustomPolicyInput{PolicyInputList: keyed}).ContextKeyNames, self, "aws:username")
	wantNames(t, call(t, g.GetContextKeysForPrincipalPolicy, iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: source, PolicyInputList: keyed}).ContextKeyNames, self, "aws:username")
	call(t, g.DeleteUserPolicy, iam.DeleteUserPolicyInput{UserName: name, PolicyName: p("see")})
	g.release(t, name)
}
