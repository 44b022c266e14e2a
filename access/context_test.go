package access_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/access"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

const (
	ours   = "111122223333" // of an organization
	theirs = "444455556666" // of none
)

// people knows one user, role and root in each account, all with a tag.
type people struct{}

func (people) AccessKey(store.Tx, string) (*access.Key, error) { return nil, nil }

func (people) Principal(_ store.Tx, kind policy.PrincipalKind, account, id string) (*access.Principal, error) {
	p := &access.Principal{ID: id, Account: account, Tags: map[string]string{"team": "red", "cost": "7"}}
	switch kind {
	case policy.Root:
		p.ARN, p.Tags = "arn:aws:iam::"+account+":root", nil
	case policy.User:
		p.ARN, p.Name = "arn:aws:iam::"+account+":user/dev/Ann", "Ann"
	default:
		p.ARN, p.Name = "arn:aws:iam::"+account+":role/app/Worker", "Worker"
	}
	return p, nil
}

func (people) ManagedPolicy(store.Tx, string) (*access.PolicyText, error) { return nil, nil }
func (people) RoleTags(store.Tx, string) (map[string]string, error)       { return nil, nil }

func (people) Membership(_ store.Tx, account string) (*access.Membership, error) {
	if account == ours {
		return &access.Membership{Organization: "o-exampleorg", Path: "o-exampleorg/r-ab12/ou-ab12-11111111/"}, nil
	}
	return &access.Membership{}, nil
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// asked is the context of one question by the caller.
func asked(t *testing.T, who service.Caller, q service.Question) *policy.Context {
	t.Helper()
	p, _ := open(t, people{}, func() time.Time { return noon })
	c := &service.Call{
		Context: t.Context(), Caller: &who, Account: ours, Region: "eu-central-1", Time: noon, SourceIP: netip.MustParseAddr("192.0.2.7"),
		UserAgent: "aws-cli/2", Referer: "https://example.com/page", Secure: true,
	}
	v, err := p.Authorize(c, []service.Question{q})
	if err != nil {
		t.Fatal(err)
	}
	return &v.Asked[0].Request.Context
}

// shown writes a context as text; sets in brackets.
func shown(x *policy.Context) map[string]string {
	out := map[string]string{}
	for k, v := range x.All() {
		if out[k] = v.One; v.Multi {
			out[k] = "[" + strings.Join(v.Many, " ") + "]"
		}
	}
	return out
}

func merged(list ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range list {
		maps.Copy(out, m)
	}
	return out
}

// What the groups of keys hold. AWS documentation: "AWS global condition context keys", the availability of each.
var (
	always = map[string]string{
		"aws:CurrentTime": "2026-01-02T12:00:00Z", "aws:EpochTime": "1767355200", "aws:SecureTransport": "true", "aws:RequestedRegion": "eu-central-1",
		"aws:ResourceAccount": theirs,
	}
	client   = map[string]string{"aws:SourceIp": "192.0.2.7", "aws:UserAgent": "aws-cli/2", "aws:Referer": "https://example.com/page"}
	directly = map[string]string{"aws:ViaAWSService": "false"}
	signed   = map[string]string{
		"aws:PrincipalIsAWSService": "false", "aws:PrincipalAccount": ours, "aws:PrincipalOrgID": "o-exampleorg",
		"aws:PrincipalOrgPaths": "[o-exampleorg/r-ab12/ou-ab12-11111111/]",
	}
	tagged = map[string]string{"aws:PrincipalTag/team": "red", "aws:PrincipalTag/cost": "7"}
	ann    = merged(tagged, map[string]string{"aws:PrincipalType": "User", "aws:PrincipalArn": "arn:aws:iam::" + ours + ":user/dev/Ann",
		"aws:userid": "AIDAANN", "aws:username": "Ann"})
	worker = merged(tagged, map[string]string{"aws:PrincipalType": "AssumedRole", "aws:PrincipalArn": "arn:aws:iam::" + ours + ":role/app/Worker",
		"aws:userid": "AROAWORKER:job"})
	noMFA  = map[string]string{"aws:MultiFactorAuthPresent": "false", "aws:TokenIssueTime": "2026-01-02T11:00:00Z"}
	nobody = map[string]string{"aws:PrincipalType": "Anonymous"}
)

func user() service.Caller {
	return service.Caller{Kind: policy.User, Account: ours, ARN: "arn:aws:iam::" + ours + ":user/dev/Ann", UserID: "AIDAANN", Name: "Ann"}
}

// session is one that was issued an hour ago.
func session(kind service.SessionKind, issuer policy.PrincipalKind, id string) *service.Session {
	return &service.Session{Kind: kind, Issuer: service.Issuer{Kind: issuer, ID: id, Account: ours}, IssuedAt: noon.Add(-time.Hour)}
}

func role(change func(*service.Session)) service.Caller {
	s := session(service.AssumeRole, policy.RoleSession, "AROAWORKER")
	change(s)
	return service.Caller{Kind: policy.RoleSession, Account: ours, ARN: "arn:aws:sts::" + ours + ":assumed-role/Worker/job", UserID: "AROAWORKER:job",
		Name: "Worker", Session: s}
}

func plain(*service.Session) {}

func TestGlobalKeysOfEachKindOfCaller(t *testing.T) {
	task := session(service.AssumeRoot, policy.Root, ours)
	task.Organization = "o-exampleorg"
	withMFA := user()
	withMFA.Session = session(service.GetSessionToken, policy.User, "AIDAANN")
	withMFA.Session.MFA, withMFA.Session.MFAAt = true, noon.Add(-90*time.Second)

	federated := service.Caller{Kind: policy.FederatedUser, Account: ours, ARN: "arn:aws:sts::" + ours + ":federated-user/Bob", UserID: ours + ":Bob",
		Session: session(service.FederationToken, policy.User, "AIDAANN")}
	federated.Session.Tags = map[string]string{"Team": "blue"}

	forwarded := user()
	forwarded.InvokedBy, forwarded.CalledVia = "kms.amazonaws.com", []string{"cloudformation.amazonaws.com", "dynamodb.amazonaws.com", "kms.amazonaws.com"}
	byItsRole := role(plain)
	byItsRole.InvokedBy = "lambda.amazonaws.com"

	abroad := user()
	abroad.Account, abroad.ARN = theirs, "arn:aws:iam::"+theirs+":user/dev/Ann"
	fromAbroad := merged(ann, map[string]string{"aws:PrincipalArn": abroad.ARN, "aws:PrincipalAccount": theirs, "aws:PrincipalIsAWSService": "false"})

	const idp = "arn:aws:iam::" + ours + ":oidc-provider/id.example.com"
	claims := map[string][]string{"id.example.com:sub": {"me"}, "id.example.com:amr": {"a", "b"}}

	tests := []struct {
		name string
		who  service.Caller
		want []map[string]string
	}{
		{"root", service.Caller{Kind: policy.Root, Account: ours, ARN: "arn:aws:iam::" + ours + ":root", UserID: ours},
			[]map[string]string{client, directly, signed, {"aws:PrincipalType": "Account", "aws:PrincipalArn": "arn:aws:iam::" + ours + ":root", "aws:userid": ours}}},
		{"root for a task", service.Caller{Kind: policy.Root, Account: ours, ARN: "arn:aws:iam::" + ours + ":root", UserID: ours, Session: task},
			[]map[string]string{client, directly, signed, noMFA, {"aws:PrincipalType": "Account", "aws:PrincipalArn": "arn:aws:iam::" + ours + ":root", "aws:userid": ours, "aws:AssumedRoot": "true"}}},
		{"user with a long-term key", user(), []map[string]string{client, directly, signed, ann}},
		{"user with temporary credentials and MFA", withMFA, []map[string]string{client, directly, signed, ann, noMFA,
			{"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "90"}}},
		{"user of another account", abroad, []map[string]string{client, directly, fromAbroad}},
		{"assumed role", role(plain), []map[string]string{client, directly, signed, worker, noMFA}},
		{"assumed role with tags and a source identity", role(func(s *service.Session) {
			s.Tags, s.SourceIdentity = map[string]string{"TEAM": "blue", "job": "x"}, "Ann"
		}), []map[string]string{client, directly, signed, worker, noMFA,
			{"aws:PrincipalTag/team": "", "aws:PrincipalTag/TEAM": "blue", "aws:PrincipalTag/job": "x", "aws:SourceIdentity": "Ann"}}},
		{"role assumed with a token", role(func(s *service.Session) { s.Provider, s.WebContext = idp, claims }),
			[]map[string]string{client, directly, signed, worker, noMFA,
				{"aws:FederatedProvider": idp, "id.example.com:sub": "me", "id.example.com:amr": "[a b]"}}},
		{"role assumed with an assertion", role(func(s *service.Session) {
			s.Provider, s.WebContext = "arn:aws:iam::"+ours+":saml-provider/Idp", map[string][]string{"saml:sub": {"me"}}
		}), []map[string]string{client, directly, signed, worker, noMFA, {"saml:sub": "me"}}},
		{"federated user", federated, []map[string]string{client, directly, signed, tagged, noMFA, {
			"aws:PrincipalType": "FederatedUser", "aws:PrincipalArn": federated.ARN, "aws:userid": ours + ":Bob",
			"aws:PrincipalTag/team": "", "aws:PrincipalTag/Team": "blue",
		}}},
		{"bearer of a token", service.Caller{Kind: policy.WebIdentity, Session: &service.Session{Provider: idp, WebContext: claims}},
			[]map[string]string{client, directly, nobody, {"aws:FederatedProvider": idp, "id.example.com:sub": "me", "id.example.com:amr": "[a b]"}}},
		{"bearer of an assertion", service.Caller{Kind: policy.SAML, Session: &service.Session{
			Provider: "arn:aws:iam::" + ours + ":saml-provider/Idp", WebContext: map[string][]string{"saml:aud": {"https://signin.example.com"}}}},
			[]map[string]string{client, directly, nobody, {"saml:aud": "https://signin.example.com"}}},
		{"nobody", service.Caller{Kind: policy.Anonymous, Account: ours}, []map[string]string{client, directly, nobody,
			{"aws:userid": "anonymous", "aws:PrincipalAccount": "anonymous"}}},
		{"service", service.Caller{Kind: policy.Service, ServiceName: "cloudtrail.amazonaws.com", InvokedBy: "cloudtrail.amazonaws.com",
			SourceARN: "arn:aws:cloudtrail:us-east-1:" + ours + ":trail/t", SourceAccount: ours}, []map[string]string{directly, {
			"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "cloudtrail.amazonaws.com",
			"aws:PrincipalServiceNamesList": "[cloudtrail.amazonaws.com]", "aws:UserAgent": "cloudtrail.amazonaws.com",
			"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:" + ours + ":trail/t", "aws:SourceAccount": ours,
			"aws:SourceOrgID": "o-exampleorg", "aws:SourceOrgPaths": "[o-exampleorg/r-ab12/ou-ab12-11111111/]",
		}}},
		{"service for a resource of no organization", service.Caller{Kind: policy.Service, ServiceName: "sns.amazonaws.com",
			SourceARN: "arn:aws:sns:us-east-1:" + theirs + ":t", SourceAccount: theirs}, []map[string]string{directly, {
			"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "sns.amazonaws.com", "aws:PrincipalServiceNamesList": "[sns.amazonaws.com]",
			"aws:SourceArn": "arn:aws:sns:us-east-1:" + theirs + ":t", "aws:SourceAccount": theirs,
		}}},
		{"user through services", forwarded, []map[string]string{signed, ann, {
			"aws:ViaAWSService": "true", "aws:UserAgent": "kms.amazonaws.com", "aws:MultiFactorAuthPresent": "false",
			"aws:CalledVia":      "[cloudformation.amazonaws.com dynamodb.amazonaws.com kms.amazonaws.com]",
			"aws:CalledViaFirst": "cloudformation.amazonaws.com", "aws:CalledViaLast": "kms.amazonaws.com",
		}}},
		{"service with its role", byItsRole, []map[string]string{directly, signed, worker, noMFA, {"aws:UserAgent": "lambda.amazonaws.com"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := merged(append([]map[string]string{always}, tt.want...)...)
			maps.DeleteFunc(want, func(_, v string) bool { return v == "" }) // said in other words
			got := shown(asked(t, tt.who, service.Question{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/x", Account: theirs}))
			if d := cmp.Diff(want, renamed(got, want)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// renamed gives keys the spelling that want has: case does not count.
func renamed(got, want map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range got {
		for w := range want {
			if strings.EqualFold(k, w) {
				k = w
			}
		}
		out[k] = v
	}
	return out
}

// TestKeysOfTheResource: what the rows know of the resource and the request, and where its owner stands.
func TestKeysOfTheResource(t *testing.T) {
	got := shown(asked(t, user(), service.Question{Action: "iam:TagRole", Resource: "arn:aws:iam::" + ours + ":role/r", Account: ours, Context: map[string][]string{
		"aws:ResourceTag/a": {"1"}, "aws:RequestTag/b": {"2"}, "aws:TagKeys": {"b"}, "sts:TransitiveTagKeys": {"c"},
	}, Multi: []string{"sts:TransitiveTagKeys"}}))
	for k, want := range map[string]string{
		"aws:ResourceAccount": ours, "aws:ResourceOrgID": "o-exampleorg", "aws:ResourceOrgPaths": "[o-exampleorg/r-ab12/ou-ab12-11111111/]",
		"aws:ResourceTag/a": "1", "aws:RequestTag/b": "2", "aws:TagKeys": "[b]", "sts:TransitiveTagKeys": "[c]",
	} {
		if got[k] != want {
			t.Errorf("%s is %q, want %q", k, got[k], want)
		}
	}
}

// TestTagsInTwoSpellings: of two tags whose keys differ in case no order of a map decides which one counts.
func TestTagsInTwoSpellings(t *testing.T) {
	for range 50 {
		x := asked(t, user(), service.Question{Action: "sqs:DeleteQueue", Resource: "*", Account: ours, Context: map[string][]string{
			"aws:ResourceTag/env": {"prod"}, "aws:ResourceTag/Env": {"dev"},
		}})
		values, multi, ok := x.Get("aws:ResourceTag/ENV")
		if slices.Sort(values); !ok || !multi || !slices.Equal(values, []string{"dev", "prod"}) {
			t.Fatalf("%v, %v, %v", values, multi, ok)
		}
	}
}

// TestNoKeyIsTakenFromTheCaller: whatever a caller can name, be it tags, session names or claims of a provider that it runs, the keys that AWS
// fills hold what the server knows.
func TestNoKeyIsTakenFromTheCaller(t *testing.T) {
	plainly := shown(asked(t, role(plain), service.Question{Action: "s3:GetObject", Resource: "*", Account: ours}))
	claimed := []string{
		"aws:PrincipalArn", "AWS:userid", "aws:username", "aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge",
		"aws:SourceIp", "aws:PrincipalTag/team", "aws:PrincipalIsAWSService", "aws:AssumedRoot", "aws:ViaAWSService", "aws:SourceVpce", "aws:ResourceAccount",
		"aws:FederatedProvider", "aws:CurrentTime",
	}
	claims, tags := map[string][]string{}, map[string]string{}
	for _, k := range claimed {
		claims[k], tags[k] = []string{"forged"}, "forged"
	}
	got := asked(t, role(func(s *service.Session) {
		s.WebContext, s.Tags = claims, tags
		s.Name, s.SourceIdentity = "aws:PrincipalArn", "aws:username"
	}), service.Question{Action: "s3:GetObject", Resource: "*", Account: ours})
	for _, k := range claimed {
		values, _, _ := got.Get(k)
		if slices.Contains(values, "forged") {
			t.Errorf("%s holds what the caller says", k)
		}
		if values, _, ok := got.Get("aws:PrincipalTag/" + k); !ok || values[0] != "forged" {
			t.Errorf("the tag %s is %v", k, values)
		}
	}
	for k, want := range plainly {
		if have := shown(got)[k]; have != want {
			t.Errorf("%s is %q, want %q", k, have, want)
		}
	}
}
