package e2e

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// TestGoSDKIAM drives every kind of IAM resource: each part creates, reads, changes, lists and deletes one kind, and is refused once.
func TestGoSDKIAM(t *testing.T) {
	s := start(t, t.TempDir())
	g := &goSDK{Client: iam.NewFromConfig(s.sdk(t, nil)), s: s, account: s.account, material: newMaterial(t)}
	for _, part := range []struct {
		name string
		play func(*testing.T, *goSDK)
	}{
		{"users", goUsers}, {"groups", goGroups}, {"roles", goRoles}, {"profiles", goProfiles}, {"linked", goLinked}, {"sessions", goSessions},
		{"managed", goManaged}, {"attached", goAttached}, {"inline", goInline}, {"boundaries", goBoundaries}, {"simulated", goSimulated},
		{"keys", goKeys}, {"passwords", goPasswords}, {"mfa", goMFA}, {"uploads", goUploads}, {"server certificates", goServerCertificates},
		{"service-specific", goServiceSpecific}, {"saml", goSAML}, {"oidc", goOIDC}, {"account", goAccount}, {"reports", goReports},
	} {
		t.Run(part.name, func(t *testing.T) { part.play(t, g) })
	}
	d := &driven{agent: goAgent}
	d.read(t, s)
	d.complete(t, "iam", "sts")
}

// goSDK is the Go SDK's client, and what the parts need beside it.
type goSDK struct {
	*iam.Client
	s        *running
	account  string
	material material
}

func (g *goSDK) arn(rest string) string { return "arn:aws:iam::" + g.account + ":" + rest }

// p is a pointer to a string, as the SDK wants it.
var p = aws.String

// tagged are the tags of every change: one is overwritten, the other taken away again.
var tagged = []types.Tag{{Key: p("team"), Value: p("blue")}, {Key: p("cost"), Value: p("7")}}

func wantTags(t *testing.T, tags []types.Tag) {
	t.Helper()
	if len(tags) != 1 || *tags[0].Key != "team" || *tags[0].Value != "blue" {
		t.Errorf("tags: %v", tags)
	}
}

func want[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// names are the names of what a listing has shown.
func wantNames[T any](t *testing.T, list []T, name func(T) *string, want ...string) {
	t.Helper()
	got := make([]string, len(list))
	for i, x := range list {
		got[i] = *name(x)
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
}

// listed reads all pages; the caller asks for small ones.
func listed[P interface{ HasMorePages() bool }, O, T any](t *testing.T, pages P, next func(P) (O, error), items func(O) []T) []T {
	t.Helper()
	var all []T
	n := 0
	for ; pages.HasMorePages(); n++ {
		page, err := next(pages)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, items(page)...)
	}
	if n < 2 {
		t.Errorf("%d page: the listing should take several", n)
	}
	return all
}

func goUsers(t *testing.T, g *goSDK) {
	made := call(t, g.CreateUser, iam.CreateUserInput{UserName: p("go"), Path: p("/people/"), Tags: []types.Tag{{Key: p("team"), Value: p("red")}}}).User
	want(t, *made.Arn, g.arn("user/people/go"))
	got := call(t, g.GetUser, iam.GetUserInput{UserName: p("go")}).User
	want(t, *got.UserId, *made.UserId)
	want(t, *got.Tags[0].Value, "red")
	refused[*types.EntityAlreadyExistsException](t, "EntityAlreadyExists", g.CreateUser, iam.CreateUserInput{UserName: p("GO")})
	call(t, g.UpdateUser, iam.UpdateUserInput{UserName: p("go"), NewUserName: p("gopher"), NewPath: p("/people/staff/")})
	call(t, g.TagUser, iam.TagUserInput{UserName: p("gopher"), Tags: tagged})
	call(t, g.UntagUser, iam.UntagUserInput{UserName: p("gopher"), TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListUserTags, iam.ListUserTagsInput{UserName: p("gopher")}).Tags)
	call(t, g.CreateUser, iam.CreateUserInput{UserName: p("gus"), Path: p("/people/")})
	pages := iam.NewListUsersPaginator(g, &iam.ListUsersInput{PathPrefix: p("/people/"), MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListUsersPaginator) (*iam.ListUsersOutput, error) { return x.NextPage(t.Context()) }, func(o *iam.ListUsersOutput) []types.User { return o.Users })
	wantNames(t, all, func(u types.User) *string { return u.UserName }, "gopher", "gus")
	for _, name := range []string{"gopher", "gus"} {
		call(t, g.DeleteUser, iam.DeleteUserInput{UserName: &name})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetUser, iam.GetUserInput{UserName: p("gopher")})
}

func goGroups(t *testing.T, g *goSDK) {
	call(t, g.CreateUser, iam.CreateUserInput{UserName: p("gil")})
	call(t, g.CreateGroup, iam.CreateGroupInput{GroupName: p("crew"), Path: p("/teams/")})
	call(t, g.AddUserToGroup, iam.AddUserToGroupInput{GroupName: p("crew"), UserName: p("gil")})
	got := call(t, g.GetGroup, iam.GetGroupInput{GroupName: p("crew")})
	want(t, *got.Group.Arn, g.arn("group/teams/crew"))
	wantNames(t, got.Users, func(u types.User) *string { return u.UserName }, "gil")
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeleteGroup, iam.DeleteGroupInput{GroupName: p("crew")})
	call(t, g.UpdateGroup, iam.UpdateGroupInput{GroupName: p("crew"), NewGroupName: p("squad")})
	wantNames(t, call(t, g.ListGroupsForUser, iam.ListGroupsForUserInput{UserName: p("gil")}).Groups, func(x types.Group) *string { return x.GroupName }, "squad")
	call(t, g.CreateGroup, iam.CreateGroupInput{GroupName: p("tail"), Path: p("/teams/")})
	pages := iam.NewListGroupsPaginator(g, &iam.ListGroupsInput{PathPrefix: p("/teams/"), MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListGroupsPaginator) (*iam.ListGroupsOutput, error) { return x.NextPage(t.Context()) }, func(o *iam.ListGroupsOutput) []types.Group { return o.Groups })
	wantNames(t, all, func(x types.Group) *string { return x.GroupName }, "squad", "tail")
	call(t, g.RemoveUserFromGroup, iam.RemoveUserFromGroupInput{GroupName: p("squad"), UserName: p("gil")})
	for _, name := range []string{"squad", "tail"} {
		call(t, g.DeleteGroup, iam.DeleteGroupInput{GroupName: &name})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetGroup, iam.GetGroupInput{GroupName: p("squad")})
	call(t, g.DeleteUser, iam.DeleteUserInput{UserName: p("gil")})
}
