package e2e

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// trust is a policy that lets the service assume the role.
func trust(service string) *string {
	return p(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}]}`)
}

// allow is a policy that allows the action on everything.
func allow(action string) *string {
	return p(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`)
}

// wantDocument compares a document as the SDK shows it, percent-encoded, with the one that was stored.
func wantDocument(t *testing.T, shown, stored *string) {
	t.Helper()
	if got, err := url.PathUnescape(aws.ToString(shown)); err != nil || got != *stored {
		t.Errorf("document: %q, %v; want %q", got, err, *stored)
	}
}

func goRoles(t *testing.T, g *goSDK) {
	name := p("work")
	made := call(t, g.CreateRole, iam.CreateRoleInput{RoleName: name, Path: p("/jobs/"), AssumeRolePolicyDocument: trust("ec2.amazonaws.com"), MaxSessionDuration: aws.Int32(7200)}).Role
	want(t, *made.Arn, g.arn("role/jobs/work"))
	refused[*types.MalformedPolicyDocumentException](t, "MalformedPolicyDocument", g.UpdateAssumeRolePolicy, iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: allow("sts:AssumeRole")})
	call(t, g.UpdateAssumeRolePolicy, iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: trust("lambda.amazonaws.com")})
	call(t, g.UpdateRole, iam.UpdateRoleInput{RoleName: name, Description: p("works"), MaxSessionDuration: aws.Int32(3600)})
	got := call(t, g.GetRole, iam.GetRoleInput{RoleName: name}).Role
	want(t, *got.Description, "works")
	want(t, *got.MaxSessionDuration, 3600)
	wantDocument(t, got.AssumeRolePolicyDocument, trust("lambda.amazonaws.com"))
	want(t, *call(t, g.UpdateRoleDescription, iam.UpdateRoleDescriptionInput{RoleName: name, Description: p("rests")}).Role.Description, "rests")
	call(t, g.TagRole, iam.TagRoleInput{RoleName: name, Tags: tagged})
	call(t, g.UntagRole, iam.UntagRoleInput{RoleName: name, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListRoleTags, iam.ListRoleTagsInput{RoleName: name}).Tags)
	call(t, g.CreateRole, iam.CreateRoleInput{RoleName: p("rest"), Path: p("/jobs/"), AssumeRolePolicyDocument: trust("ec2.amazonaws.com")})
	pages := iam.NewListRolesPaginator(g, &iam.ListRolesInput{PathPrefix: p("/jobs/"), MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListRolesPaginator) (*iam.ListRolesOutput, error) { return x.NextPage(t.Context()) }, func(o *iam.ListRolesOutput) []types.Role { return o.Roles })
	wantNames(t, all, func(r types.Role) *string { return r.RoleName }, "rest", "work")
	for _, r := range all {
		call(t, g.DeleteRole, iam.DeleteRoleInput{RoleName: r.RoleName})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetRole, iam.GetRoleInput{RoleName: name})
}

func goProfiles(t *testing.T, g *goSDK) {
	role, name := p("machine"), p("host")
	call(t, g.CreateRole, iam.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: trust("ec2.amazonaws.com")})
	for _, n := range []string{"host", "spare"} {
		call(t, g.CreateInstanceProfile, iam.CreateInstanceProfileInput{InstanceProfileName: &n, Path: p("/hosts/")})
	}
	call(t, g.AddRoleToInstanceProfile, iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: role})
	refused[*types.LimitExceededException](t, "LimitExceeded", g.AddRoleToInstanceProfile, iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: role})
	got := call(t, g.GetInstanceProfile, iam.GetInstanceProfileInput{InstanceProfileName: name}).InstanceProfile
	want(t, *got.Arn, g.arn("instance-profile/hosts/host"))
	wantNames(t, got.Roles, func(r types.Role) *string { return r.RoleName }, "machine")
	profile := func(x types.InstanceProfile) *string { return x.InstanceProfileName }
	wantNames(t, call(t, g.ListInstanceProfilesForRole, iam.ListInstanceProfilesForRoleInput{RoleName: role}).InstanceProfiles, profile, "host")
	pages := iam.NewListInstanceProfilesPaginator(g, &iam.ListInstanceProfilesInput{PathPrefix: p("/hosts/"), MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListInstanceProfilesPaginator) (*iam.ListInstanceProfilesOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.ListInstanceProfilesOutput) []types.InstanceProfile { return o.InstanceProfiles })
	wantNames(t, all, profile, "host", "spare")
	call(t, g.TagInstanceProfile, iam.TagInstanceProfileInput{InstanceProfileName: name, Tags: tagged})
	call(t, g.UntagInstanceProfile, iam.UntagInstanceProfileInput{InstanceProfileName: name, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListInstanceProfileTags, iam.ListInstanceProfileTagsInput{InstanceProfileName: name}).Tags)
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeleteInstanceProfile, iam.DeleteInstanceProfileInput{InstanceProfileName: name})
	call(t, g.RemoveRoleFromInstanceProfile, iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: name, RoleName: role})
	for _, x := range all {
		call(t, g.DeleteInstanceProfile, iam.DeleteInstanceProfileInput{InstanceProfileName: x.InstanceProfileName})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetInstanceProfile, iam.GetInstanceProfileInput{InstanceProfileName: name})
	call(t, g.DeleteRole, iam.DeleteRoleInput{RoleName: role})
}

func goLinked(t *testing.T, g *goSDK) {
	in := iam.CreateServiceLinkedRoleInput{AWSServiceName: p("autoscaling.amazonaws.com"), CustomSuffix: p("go")}
	role := call(t, g.CreateServiceLinkedRole, in).Role
	want(t, *call(t, g.GetRole, iam.GetRoleInput{RoleName: role.RoleName}).Role.Path, "/aws-service-role/autoscaling.amazonaws.com/")
	refused[*types.InvalidInputException](t, "InvalidInput", g.CreateServiceLinkedRole, in)
	refused[*types.UnmodifiableEntityException](t, "UnmodifiableEntity", g.DeleteRole, iam.DeleteRoleInput{RoleName: role.RoleName})
	task := call(t, g.DeleteServiceLinkedRole, iam.DeleteServiceLinkedRoleInput{RoleName: role.RoleName}).DeletionTaskId
	want(t, call(t, g.GetServiceLinkedRoleDeletionStatus, iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task}).Status, types.DeletionTaskStatusTypeSucceeded)
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetRole, iam.GetRoleInput{RoleName: role.RoleName})
}

// sts is an STS client with the session's credentials, or the administrator's.
func (g *goSDK) sts(t *testing.T, c *ststypes.Credentials) *sts.Client {
	return sts.NewFromConfig(g.s.sdk(t, session(c)))
}

func session(c *ststypes.Credentials) aws.CredentialsProvider {
	if c == nil {
		return nil
	}
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

func goSessions(t *testing.T, g *goSDK) {
	admin := g.sts(t, nil)
	doc := strings.Replace(*trust("x"), `"Service":"x"`, `"AWS":"`+g.account+`"`, 1)
	role := call(t, g.CreateRole, iam.CreateRoleInput{RoleName: p("guest"), AssumeRolePolicyDocument: &doc}).Role
	call(t, g.PutRolePolicy, iam.PutRolePolicyInput{RoleName: p("guest"), PolicyName: p("see"), PolicyDocument: allow("iam:*")})
	in := sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: p("go"), Policy: allow("iam:GetRole")}
	made := call(t, admin.AssumeRole, in)
	who := call(t, g.sts(t, made.Credentials).GetCallerIdentity, sts.GetCallerIdentityInput{})
	want(t, *who.Arn, "arn:aws:sts::"+g.account+":assumed-role/guest/go")
	want(t, *call(t, admin.GetAccessKeyInfo, sts.GetAccessKeyInfoInput{AccessKeyId: made.Credentials.AccessKeyId}).Account, g.account)
	guest := iam.NewFromConfig(g.s.sdk(t, session(made.Credentials)))
	want(t, *call(t, guest.GetRole, iam.GetRoleInput{RoleName: p("guest")}).Role.RoleId, *role.RoleId)
	refused[interface {
		error
		ErrorCode() string
	}](t, "AccessDenied", guest.ListRoles, iam.ListRolesInput{})
	refused[*ststypes.MalformedPolicyDocumentException](t, "MalformedPolicyDocument", admin.AssumeRole, sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: p("go"), Policy: p("{")})

	own := call(t, admin.GetSessionToken, sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	want(t, *call(t, g.sts(t, own.Credentials).GetCallerIdentity, sts.GetCallerIdentityInput{}).Arn, g.arn("user/admin"))
	fed := call(t, admin.GetFederationToken, sts.GetFederationTokenInput{Name: p("fay"), Policy: allow("sts:*")})
	want(t, *call(t, g.sts(t, fed.Credentials).GetCallerIdentity, sts.GetCallerIdentityInput{}).Arn, *fed.FederatedUser.Arn)

	message := p(g.s.refusal(t))
	var reason struct{ Context struct{ Action string } }
	if err := json.Unmarshal([]byte(*call(t, admin.DecodeAuthorizationMessage, sts.DecodeAuthorizationMessageInput{EncodedMessage: message}).DecodedMessage), &reason); err != nil {
		t.Fatal(err)
	}
	want(t, reason.Context.Action, "iam:ListUsers")
	refused[*ststypes.InvalidAuthorizationMessageException](t, "InvalidAuthorizationMessageException", admin.DecodeAuthorizationMessage, sts.DecodeAuthorizationMessageInput{EncodedMessage: p("nonsense")})
	call(t, g.DeleteRolePolicy, iam.DeleteRolePolicyInput{RoleName: p("guest"), PolicyName: p("see")})
	call(t, g.DeleteRole, iam.DeleteRoleInput{RoleName: p("guest")})
}
