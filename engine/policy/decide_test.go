package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vauban/engine/policy"
)

const (
	home = "111111111111"
	away = "222222222222"
)

var (
	root      = policy.Principal{Kind: policy.Root, Account: home, ARN: "arn:aws:iam::" + home + ":root", ID: home}
	session   = policy.Principal{Kind: policy.RoleSession, Account: home, ARN: "arn:aws:sts::" + home + ":assumed-role/R/s", Role: "arn:aws:iam::" + home + ":role/path/R", ID: "AROAROLE000000000001"}
	federated = policy.Principal{Kind: policy.FederatedUser, Account: home, ARN: "arn:aws:sts::" + home + ":federated-user/f", Role: alice.ARN, ID: alice.ID}
	fedRoot   = policy.Principal{Kind: policy.FederatedUser, Account: home, ARN: "arn:aws:sts::" + home + ":federated-user/f", Role: root.ARN, ID: home}
	service   = policy.Principal{Kind: policy.Service, Service: "cloudtrail.amazonaws.com"}
	anonymous = policy.Principal{}
	web       = policy.Principal{Kind: policy.WebIdentity, Provider: "arn:aws:iam::" + home + ":oidc-provider/idp.example.com"}
	saml      = policy.Principal{Kind: policy.SAML, Provider: "arn:aws:iam::" + home + ":saml-provider/corp"}
)

// question is a row of the tables: who asks, what is attached, and what must come out. Policies are lists of letters: A allows the
// action asked for, D denies it, o allows something else; a resource policy is "effect principal" with the principal in JSON.
type question struct {
	name     string
	who      policy.Principal
	identity string
	boundary string
	session  string
	resource string
	kind     policy.ResourceKind
	owner    string
	scp      []string
	rcp      []string
	endpoint string
	action   string // "s3:GetObject" when empty
	want     policy.Effect
	reasons  string // layers, separated by spaces, when given
}

func letters(t *testing.T, list string) []policy.Named {
	t.Helper()
	if list == "" {
		return nil
	}
	out := []policy.Named{}
	for _, l := range list {
		switch l {
		case 'A':
			out = append(out, named(t, "A", `"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`))
		case 'D':
			out = append(out, named(t, "D", `"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"`))
		case 'o':
			out = append(out, named(t, "o", `"Effect":"Allow","Principal":"*","Action":"other:*","Resource":"*"`))
		case '-':
		}
	}
	return out
}

func levels(t *testing.T, list []string) []policy.Level {
	t.Helper()
	var out []policy.Level
	for i, l := range list {
		out = append(out, policy.Level{Name: string(rune('a' + i)), Policies: letters(t, l)})
	}
	return out
}

func (q *question) ask(t *testing.T) (*policy.Request, *policy.Policies) {
	t.Helper()
	req := &policy.Request{Principal: q.who, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: q.owner, ResourceKind: q.kind}
	if q.action != "" {
		req.Action = q.action
	}
	if req.ResourceAccount == "" {
		req.ResourceAccount = home
	}
	p := &policy.Policies{Identity: letters(t, q.identity), Session: letters(t, q.session), Endpoints: letters(t, q.endpoint), SCPs: levels(t, q.scp), RCPs: levels(t, q.rcp)}
	if q.boundary != "" {
		p.Boundary = &letters(t, q.boundary)[0]
	}
	if q.resource != "" {
		var statements []string
		for rule := range strings.SplitSeq(q.resource, ";") {
			effect, who, _ := strings.Cut(rule, " ")
			element := "Principal"
			if strings.HasPrefix(who, "not ") {
				element, who = "NotPrincipal", who[4:]
			}
			statements = append(statements, `"Effect":"`+effect+`","`+element+`":`+who+`,"Action":"*","Resource":"*"`)
		}
		n := named(t, "resource", statements...)
		p.Resource = &n
	}
	return req, p
}

func check(t *testing.T, questions []question) {
	t.Helper()
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			req, p := q.ask(t)
			d := policy.Evaluate(req, p)
			var layers []string
			for _, r := range d.Reasons {
				layers = append(layers, string(r.Layer)+r.Level)
			}
			if got := strings.Join(layers, " "); d.Effect != q.want || q.reasons != "" && got != q.reasons {
				t.Errorf("%v by %q, want %v by %q", d.Effect, got, q.want, q.reasons)
			}
			if trace := policy.Explain(req, p); !cmp.Equal(trace.Decision, d) {
				t.Errorf("Explain decides %v", trace.Decision)
			}
		})
	}
}

const (
	toAll     = `Allow "*"`
	toAlice   = `Allow {"AWS":"arn:aws:iam::111111111111:user/dev/alice"}`
	toAliceID = `Allow {"AWS":"AIDAALICE00000000001"}`
	toSession = `Allow {"AWS":"arn:aws:sts::111111111111:assumed-role/R/s"}`
	toRole    = `Allow {"AWS":"arn:aws:iam::111111111111:role/path/R"}`
	toRoleID  = `Allow {"AWS":"AROAROLE000000000001"}`
	toAccount = `Allow {"AWS":"arn:aws:iam::111111111111:root"}`
	toHome    = `Allow {"AWS":"111111111111"}`
	toFed     = `Allow {"AWS":"arn:aws:sts::111111111111:federated-user/f"}`
	toOthers  = `Allow {"AWS":["222222222222","arn:aws:iam::111111111111:user/alice","AIDAALICE00000000002","arn:aws:iam::111111111111:role/R"],"Service":"sns.amazonaws.com"}`
)

// AWS documentation: "Policy evaluation logic", within one account.
func TestSameAccount(t *testing.T) {
	check(t, []question{
		{name: "nothing attached", who: alice, want: policy.ImplicitDeny, reasons: "identity"},
		{name: "identity allows", who: alice, identity: "A", want: policy.Allow, reasons: "identity"},
		{name: "identity speaks of something else", who: alice, identity: "o", want: policy.ImplicitDeny},
		{name: "identity denies", who: alice, identity: "AD", want: policy.ExplicitDeny, reasons: "identity"},
		{name: "every denier is reported", who: alice, identity: "DA", boundary: "D", session: "DD", resource: `Deny "*"`, scp: []string{"D", "A"}, rcp: []string{"AD"}, endpoint: "D",
			want: policy.ExplicitDeny, reasons: "scpa rcpa endpoint resource identity boundary session session"},
		{name: "boundary allows", who: alice, identity: "A", boundary: "A", want: policy.Allow, reasons: "identity boundary"},
		{name: "boundary does not allow", who: alice, identity: "A", boundary: "o", want: policy.ImplicitDeny, reasons: "boundary"},
		{name: "a boundary grants nothing", who: alice, boundary: "A", want: policy.ImplicitDeny, reasons: "identity"},
		{name: "session allows", who: session, identity: "A", session: "oA", want: policy.Allow, reasons: "identity session"},
		{name: "session does not allow", who: session, identity: "A", session: "o", want: policy.ImplicitDeny, reasons: "session"},
		{name: "an empty session allows nothing", who: session, identity: "A", session: "-", want: policy.ImplicitDeny, reasons: "session"},
		{name: "a session policy grants nothing", who: session, session: "A", want: policy.ImplicitDeny, reasons: "identity"},
		{name: "everything is missing", who: session, boundary: "o", session: "o", resource: toOthers, want: policy.ImplicitDeny, reasons: "identity resource boundary session"},
		{name: "root", who: root, want: policy.Allow},
		{name: "root denied", who: root, resource: `Deny "*"`, want: policy.ExplicitDeny, reasons: "resource"},
		{name: "federated user without a session policy", who: federated, identity: "A", want: policy.ImplicitDeny, reasons: "session"},
		{name: "federated user", who: federated, identity: "A", session: "A", want: policy.Allow, reasons: "identity session"},
		{name: "federated user of root", who: fedRoot, session: "A", want: policy.Allow, reasons: "session"},
		{name: "federated user of root without a session policy", who: fedRoot, want: policy.ImplicitDeny, reasons: "session"},
		{name: "identity without the endpoint", who: alice, identity: "A", endpoint: "o", want: policy.ImplicitDeny, reasons: "endpoint"},
		{name: "identity through the endpoint", who: alice, identity: "A", endpoint: "A", want: policy.Allow, reasons: "identity"},
		{name: "an empty endpoint policy", who: alice, identity: "A", endpoint: "-", want: policy.ImplicitDeny, reasons: "endpoint"},
	})
}

// AWS documentation: "Policy evaluation logic", resource-based policies and implicit denies in other policy types.
func TestResourcePolicy(t *testing.T) {
	check(t, []question{
		{name: "user", who: alice, resource: toAlice, want: policy.Allow, reasons: "resource"},
		{name: "user past its boundary", who: alice, resource: toAlice, boundary: "o", want: policy.Allow, reasons: "resource"},
		{name: "user by stored ID", who: alice, resource: toAliceID, boundary: "o", want: policy.Allow},
		{name: "everybody past a boundary and a session policy", who: session, resource: toAll, boundary: "o", session: "o", want: policy.Allow},
		{name: "AWS everybody", who: session, resource: `Allow {"AWS":"*"}`, boundary: "o", want: policy.Allow},
		{name: "session past a boundary and a session policy", who: session, resource: toSession, boundary: "o", session: "o", want: policy.Allow, reasons: "resource"},
		{name: "role", who: session, resource: toRole, want: policy.Allow, reasons: "resource"},
		{name: "role by stored ID", who: session, resource: toRoleID, want: policy.Allow},
		{name: "role under a boundary", who: session, resource: toRole, boundary: "o", want: policy.ImplicitDeny, reasons: "boundary"},
		{name: "role under a session policy", who: session, resource: toRole, session: "o", want: policy.ImplicitDeny, reasons: "session"},
		{name: "role under ceilings that allow", who: session, resource: toRole, boundary: "A", session: "A", want: policy.Allow, reasons: "resource boundary session"},
		{name: "the closest counts", who: session, resource: toRole + ";" + toSession, boundary: "o", want: policy.Allow},
		{name: "the closest counts in any order", who: session, resource: toSession + ";" + toRole + ";" + toAccount, boundary: "o", want: policy.Allow},
		{name: "the account after the role", who: session, resource: toRole + ";" + toAccount, want: policy.Allow},
		{name: "role by stored ID under a boundary", who: session, resource: toRoleID, boundary: "o", want: policy.ImplicitDeny, reasons: "boundary"},
		{name: "account does not grant", who: alice, resource: toAccount, want: policy.ImplicitDeny, reasons: "identity resource"},
		{name: "account by number does not grant", who: session, resource: toHome, want: policy.ImplicitDeny},
		{name: "account with identity", who: alice, resource: toAccount, identity: "A", want: policy.Allow, reasons: "identity"},
		{name: "federated user by name", who: federated, resource: toFed, want: policy.Allow, reasons: "resource"},
		{name: "federated user by the user behind it", who: federated, resource: toAlice, want: policy.ImplicitDeny, reasons: "session"},
		{name: "federated user by the user behind it, session allows", who: federated, resource: toAlice, session: "A", want: policy.Allow, reasons: "resource session"},
		{name: "others", who: alice, resource: toOthers, want: policy.ImplicitDeny},
		{name: "role's name without its path", who: session, resource: toOthers, want: policy.ImplicitDeny},
		{name: "denied by account", who: alice, identity: "A", resource: `Deny {"AWS":"111111111111"}`, want: policy.ExplicitDeny, reasons: "resource"},
		{name: "denied by role", who: session, identity: "A", resource: `Deny {"AWS":"arn:aws:iam::111111111111:role/path/R"}`, want: policy.ExplicitDeny},
		{name: "somebody else denied", who: alice, identity: "A", resource: `Deny {"AWS":"arn:aws:iam::111111111111:user/bob"}`, want: policy.Allow},
		{name: "canonical user", who: policy.Principal{Kind: policy.User, Account: home, ARN: alice.ARN, CanonicalUser: "79a5"}, owner: away, identity: "A", resource: `Allow {"CanonicalUser":"79a5"}`, want: policy.Allow},
		{name: "other canonical user", who: alice, owner: away, identity: "A", resource: `Allow {"CanonicalUser":"79a5"}`, want: policy.ImplicitDeny},
	})
}

// AWS documentation: "Cross-account policy evaluation logic".
func TestCrossAccount(t *testing.T) {
	check(t, []question{
		{name: "identity alone", who: alice, owner: away, identity: "A", want: policy.ImplicitDeny, reasons: "resource"},
		{name: "resource alone", who: alice, owner: away, resource: toAlice, want: policy.ImplicitDeny, reasons: "identity"},
		{name: "everybody alone", who: alice, owner: away, resource: toAll, want: policy.ImplicitDeny, reasons: "identity"},
		{name: "session alone", who: session, owner: away, resource: toSession, want: policy.ImplicitDeny, reasons: "identity"},
		{name: "neither", who: alice, owner: away, want: policy.ImplicitDeny, reasons: "identity resource"},
		{name: "both", who: alice, owner: away, identity: "A", resource: toAlice, want: policy.Allow, reasons: "identity resource"},
		{name: "account and identity", who: session, owner: away, identity: "A", resource: toAccount, want: policy.Allow},
		{name: "both under a boundary", who: alice, owner: away, identity: "A", resource: toAlice, boundary: "o", want: policy.ImplicitDeny, reasons: "boundary"},
		{name: "both under a session policy", who: session, owner: away, identity: "A", resource: toSession, session: "o", want: policy.ImplicitDeny, reasons: "session"},
		{name: "root", who: root, owner: away, resource: toAccount, want: policy.Allow, reasons: "resource"},
		{name: "root without the resource", who: root, owner: away, want: policy.ImplicitDeny, reasons: "resource"},
	})
}

// The key's and the role's own policy must grant; through the account it lets identity policies decide.
func TestKeysAndTrust(t *testing.T) {
	for name, kind := range map[string]policy.ResourceKind{"key": policy.KMSKey, "trust": policy.RoleTrust} {
		layer := map[policy.ResourceKind]string{policy.KMSKey: "resource", policy.RoleTrust: "trust"}[kind]
		check(t, []question{
			{name: name + ": identity alone", who: alice, kind: kind, identity: "A", resource: toOthers, want: policy.ImplicitDeny, reasons: layer},
			{name: name + ": root alone", who: root, kind: kind, resource: toOthers, want: policy.ImplicitDeny, reasons: layer},
			{name: name + ": root through the account", who: root, kind: kind, resource: toAccount, want: policy.Allow},
			{name: name + ": account alone", who: alice, kind: kind, resource: toAccount, want: policy.ImplicitDeny, reasons: "identity"},
			{name: name + ": account and identity", who: alice, kind: kind, identity: "A", resource: toAccount, want: policy.Allow, reasons: "identity " + layer},
			{name: name + ": user", who: alice, kind: kind, resource: toAlice, boundary: "o", want: policy.Allow, reasons: layer},
			{name: name + ": role", who: session, kind: kind, resource: toRole, want: policy.Allow, reasons: layer},
			{name: name + ": role under a boundary", who: session, kind: kind, resource: toRole, boundary: "o", want: policy.ImplicitDeny, reasons: "boundary"},
			{name: name + ": account and identity under a session policy", who: session, kind: kind, identity: "A", resource: toAccount, session: "o", want: policy.ImplicitDeny, reasons: "session"},
			{name: name + ": nothing", who: alice, kind: kind, want: policy.ImplicitDeny, reasons: layer + " identity"},
			{name: name + ": across accounts, user alone", who: alice, kind: kind, owner: away, resource: toAlice, want: policy.ImplicitDeny, reasons: "identity"},
			{name: name + ": across accounts", who: alice, kind: kind, owner: away, identity: "A", resource: toAccount, want: policy.Allow},
		})
	}
}

func TestCallersWithoutAccount(t *testing.T) {
	check(t, []question{
		{name: "service named", who: service, resource: `Allow {"Service":"cloudtrail.amazonaws.com"}`, want: policy.Allow, reasons: "resource"},
		{name: "service not named", who: service, resource: toOthers, want: policy.ImplicitDeny, reasons: "resource"},
		{name: "service and everybody", who: service, resource: toAll, want: policy.Allow},
		{name: "service without a policy", who: service, want: policy.ImplicitDeny, reasons: "resource"},
		{name: "service has no identity policies", who: service, identity: "A", want: policy.ImplicitDeny},
		{name: "service denied", who: service, resource: toAll + `;Deny {"Service":"cloudtrail.amazonaws.com"}`, want: policy.ExplicitDeny},
		{name: "service is not under SCPs", who: service, resource: toAll, scp: []string{"D"}, want: policy.Allow},
		{name: "service is under RCPs", who: service, resource: toAll, rcp: []string{"AD"}, want: policy.ExplicitDeny, reasons: "rcpa"},
		{name: "anonymous", who: anonymous, resource: toAll, want: policy.Allow, reasons: "resource"},
		{name: "anonymous and an account", who: anonymous, resource: toAccount, want: policy.ImplicitDeny},
		{name: "anonymous without a policy", who: anonymous, identity: "A", want: policy.ImplicitDeny},
		{name: "anonymous under RCPs", who: anonymous, resource: toAll, rcp: []string{"o"}, want: policy.ImplicitDeny, reasons: "rcpa"},
		{name: "anonymous through an endpoint", who: anonymous, resource: toAll, endpoint: "o", want: policy.ImplicitDeny, reasons: "endpoint"},
		{name: "web identity", who: web, kind: policy.RoleTrust, resource: `Allow {"Federated":"arn:aws:iam::111111111111:oidc-provider/idp.example.com"}`, want: policy.Allow, reasons: "trust"},
		{name: "web identity of another provider", who: web, kind: policy.RoleTrust, resource: `Allow {"Federated":"accounts.google.com"}`, want: policy.ImplicitDeny, reasons: "trust"},
		{name: "web identity must be named", who: web, kind: policy.RoleTrust, resource: toAll + `;Allow {"AWS":"*"}`, want: policy.ImplicitDeny},
		{name: "web identity is no one else", who: web, kind: policy.RoleTrust, resource: `Deny {"AWS":"222222222222"};Allow not {"AWS":"222222222222"}`, want: policy.ImplicitDeny},
		{name: "web identity denied with everybody", who: web, kind: policy.RoleTrust, resource: `Allow {"Federated":"arn:aws:iam::111111111111:oidc-provider/idp.example.com"};Deny "*"`, want: policy.ExplicitDeny},
		// "Resource control policies (RCPs)": RCPFullAWSAccess, whose principal is "*", lets every principal through, those of providers too.
		{name: "web identity under RCPs", who: web, kind: policy.RoleTrust, action: "sts:AssumeRoleWithWebIdentity", rcp: []string{"A", "A"}, resource: `Allow {"Federated":"arn:aws:iam::111111111111:oidc-provider/idp.example.com"}`, want: policy.Allow, reasons: "trust"},
		{name: "web identity denied by an RCP", who: web, kind: policy.RoleTrust, action: "sts:AssumeRoleWithWebIdentity", rcp: []string{"A", "AD"}, resource: `Allow {"Federated":"arn:aws:iam::111111111111:oidc-provider/idp.example.com"}`, want: policy.ExplicitDeny, reasons: "rcpb"},
		// "Control access to VPC endpoints using endpoint policies": the default policy allows principal "*".
		{name: "saml through an endpoint", who: saml, kind: policy.RoleTrust, action: "sts:AssumeRoleWithSAML", endpoint: "A", resource: `Allow {"Federated":"arn:aws:iam::111111111111:saml-provider/corp"}`, want: policy.Allow, reasons: "trust"},
		{name: "saml", who: saml, kind: policy.RoleTrust, resource: `Allow {"Federated":"arn:aws:iam::111111111111:saml-provider/corp"}`, want: policy.Allow},
	})
}

// AWS documentation: "Service control policies", "Resource control policies".
func TestOrganization(t *testing.T) {
	linked := session
	linked.ServiceLinked = true
	check(t, []question{
		{name: "every level allows", who: alice, identity: "A", scp: []string{"A", "oA", "A"}, want: policy.Allow, reasons: "identity"},
		{name: "one level does not", who: alice, identity: "A", scp: []string{"A", "o", "A"}, want: policy.ImplicitDeny, reasons: "scpb"},
		{name: "levels without policies", who: alice, identity: "A", scp: []string{"A", "", "o"}, want: policy.ImplicitDeny, reasons: "scpb scpc"},
		{name: "a level denies", who: alice, identity: "A", scp: []string{"A", "AD"}, want: policy.ExplicitDeny, reasons: "scpb"},
		{name: "SCPs grant nothing", who: alice, scp: []string{"A"}, want: policy.ImplicitDeny, reasons: "identity"},
		{name: "SCPs bind root", who: root, scp: []string{"o"}, want: policy.ImplicitDeny, reasons: "scpa"},
		{name: "SCPs bind what the resource grants", who: alice, resource: toAlice, scp: []string{"o"}, want: policy.ImplicitDeny, reasons: "scpa"},
		{name: "SCPs do not bind service-linked roles", who: linked, identity: "A", scp: []string{"D"}, want: policy.Allow},
		{name: "RCPs allow", who: alice, identity: "A", rcp: []string{"A", "A"}, want: policy.Allow},
		{name: "RCPs deny", who: alice, identity: "A", rcp: []string{"A", "AD"}, want: policy.ExplicitDeny, reasons: "rcpb"},
		{name: "RCPs do not bind service-linked roles", who: linked, identity: "A", rcp: []string{"D"}, want: policy.Allow},
		{name: "RCPs do not bind kms:RetireGrant", who: alice, identity: "A", action: "kms:RetireGrant", rcp: []string{"D"}, want: policy.Allow},
		{name: "RCPs bind kms", who: alice, identity: "A", action: "kms:Decrypt", rcp: []string{"D"}, want: policy.ExplicitDeny},
		{name: "RCPs leave other services alone", who: alice, identity: "A", action: "ec2:RunInstances", rcp: []string{"D"}, want: policy.Allow},
		{name: "both ceilings missing", who: alice, identity: "A", scp: []string{"o"}, rcp: []string{"o"}, endpoint: "o", want: policy.ImplicitDeny, reasons: "scpa rcpa endpoint"},
	})
	empty := &policy.Policies{Identity: letters(t, "A"), SCPs: []policy.Level{}}
	if got := policy.Evaluate(&policy.Request{Principal: alice, Action: "s3:GetObject"}, empty); got.Effect != policy.ImplicitDeny {
		t.Errorf("no level at all: %v", got)
	}
}

// AWS documentation: "IAM JSON policy elements: NotPrincipal".
func TestNotPrincipal(t *testing.T) {
	const but = `Deny not {"AWS":["%"]}`
	deny := func(list ...string) string { return strings.Replace(but, "%", strings.Join(list, `","`), 1) }
	account, user := "arn:aws:iam::111111111111:root", alice.ARN
	check(t, []question{
		{name: "user and account", who: alice, identity: "A", resource: deny(account, user), want: policy.Allow},
		{name: "user by ID and account by number", who: alice, identity: "A", resource: deny(home, alice.ID), want: policy.Allow},
		{name: "user alone", who: alice, identity: "A", resource: deny(user), want: policy.ExplicitDeny, reasons: "resource"},
		{name: "account alone", who: alice, identity: "A", resource: deny(account), want: policy.ExplicitDeny},
		{name: "root", who: root, resource: deny(account), want: policy.Allow},
		{name: "root not listed", who: root, resource: deny(user), want: policy.ExplicitDeny},
		{name: "session, role and account", who: session, identity: "A", resource: deny(account, session.Role, session.ARN), want: policy.Allow},
		{name: "session and account", who: session, identity: "A", resource: deny(account, session.ARN), want: policy.ExplicitDeny},
		{name: "role and account", who: session, identity: "A", resource: deny(account, session.Role), want: policy.ExplicitDeny},
		{name: "session and role", who: session, identity: "A", resource: deny(session.ARN, session.Role), want: policy.ExplicitDeny},
		{name: "federated user, user and account", who: federated, identity: "A", session: "A", resource: deny(account, federated.ARN, user), want: policy.Allow},
		{name: "federated user and account", who: federated, identity: "A", session: "A", resource: deny(account, federated.ARN), want: policy.ExplicitDeny},
		{name: "federated user of root", who: fedRoot, session: "A", resource: deny(account, fedRoot.ARN), want: policy.Allow},
		{name: "federated user, not known whose", who: policy.Principal{Kind: policy.FederatedUser, Account: home, ARN: federated.ARN}, identity: "A", session: "A", resource: deny(account, federated.ARN), want: policy.Allow},
		{name: "with a boundary nobody is left out", who: alice, identity: "A", boundary: "A", resource: deny(account, user), want: policy.ExplicitDeny},
		{name: "a service has no boundary", who: service, boundary: "A", resource: toAll + `;Deny not {"Service":"cloudtrail.amazonaws.com"}`, want: policy.Allow},
		{name: "everybody", who: alice, identity: "A", resource: `Deny not "*"`, want: policy.Allow},
		{name: "service", who: service, resource: toAll + `;Deny not {"Service":"cloudtrail.amazonaws.com"}`, want: policy.Allow},
		{name: "other service", who: service, resource: toAll + `;Deny not {"Service":"sns.amazonaws.com"}`, want: policy.ExplicitDeny},
		{name: "anonymous", who: anonymous, resource: toAll + ";" + deny(account), want: policy.ExplicitDeny},
		{name: "allow everybody else", who: alice, resource: `Allow not {"AWS":"222222222222"}`, want: policy.Allow},
		{name: "allow everybody else, not this one", who: root, owner: away, resource: `Allow not {"AWS":"111111111111"}`, want: policy.ImplicitDeny},
	})
}

func TestUngovernedActions(t *testing.T) {
	check(t, []question{
		{name: "GetCallerIdentity", who: session, action: "sts:GetCallerIdentity", identity: "D", session: "D", scp: []string{"D"}, want: policy.Allow},
		{name: "GetCallerIdentity in any case", who: federated, action: "STS:getcalleridentity", want: policy.Allow},
		{name: "GetCallerIdentity of a service", who: service, action: "sts:GetCallerIdentity", want: policy.Allow},
		{name: "GetCallerIdentity needs a caller", who: anonymous, action: "sts:GetCallerIdentity", want: policy.ImplicitDeny},
		{name: "GetSessionToken needs no permission", who: alice, action: "sts:GetSessionToken", boundary: "o", want: policy.Allow},
		{name: "GetSessionToken can be denied", who: alice, action: "sts:GetSessionToken", identity: "AD", want: policy.ExplicitDeny, reasons: "identity"},
		{name: "GetSessionToken is not for roles", who: session, action: "sts:GetSessionToken", want: policy.ImplicitDeny},
		{name: "same name elsewhere", who: alice, action: "iam:GetCallerIdentity", want: policy.ImplicitDeny},
	})
}

// A policy of a resource whose statement names nobody can deny, never allow.
func TestStatementWithoutPrincipal(t *testing.T) {
	allow, deny := named(t, "p", `"Effect":"Allow","Action":"*","Resource":"*"`), named(t, "p", `"Effect":"Deny","Action":"*","Resource":"*"`)
	req := &policy.Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"}
	if got := policy.Evaluate(req, &policy.Policies{Resource: &allow}).Effect; got != policy.ImplicitDeny {
		t.Errorf("allow: %v", got)
	}
	if got := policy.Evaluate(req, &policy.Policies{Identity: letters(t, "A"), Resource: &deny}).Effect; got != policy.ExplicitDeny {
		t.Errorf("deny: %v", got)
	}
}

// A policy of a principal whose statement names no resource can deny, never allow; trust policies name none.
func TestStatementWithoutResource(t *testing.T) {
	allow, deny := named(t, "p", `"Effect":"Allow","Action":"*"`), named(t, "p", `"Effect":"Deny","Action":"*"`)
	trust := named(t, "t", `"Effect":"Allow","Principal":{"AWS":"`+alice.ARN+`"},"Action":"sts:AssumeRole"`)
	req := &policy.Request{Principal: alice, Action: "sts:AssumeRole", Resource: "arn:aws:iam::111111111111:role/R", ResourceKind: policy.RoleTrust}
	for name, c := range map[string]struct {
		p    policy.Policies
		want policy.Effect
	}{
		"trust":    {policy.Policies{Resource: &trust}, policy.Allow},
		"deny":     {policy.Policies{Resource: &trust, Identity: []policy.Named{deny}}, policy.ExplicitDeny},
		"ceiling":  {policy.Policies{Resource: &trust, SCPs: []policy.Level{{Policies: []policy.Named{allow}}}}, policy.ImplicitDeny},
		"identity": {policy.Policies{Identity: []policy.Named{allow}}, policy.ImplicitDeny},
	} {
		if got := policy.Evaluate(req, &c.p).Effect; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReasons(t *testing.T) {
	p := &policy.Policies{
		Identity: []policy.Named{named(t, "arn:aws:iam::1:policy/P", `"Effect":"Allow","Action":"x:y","Resource":"*"`, `"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*"`)},
		SCPs:     []policy.Level{{Name: "ou-1", Policies: []policy.Named{named(t, "scp", `"Effect":"Deny","Action":"s3:*","Resource":"*"`)}}},
	}
	want := policy.Decision{Effect: policy.ExplicitDeny, Reasons: []policy.Reason{
		{Layer: policy.LayerSCP, Level: "ou-1", Policy: "scp", Statement: 0, Line: 1, Column: 38},
		{Layer: policy.LayerIdentity, Policy: "arn:aws:iam::1:policy/P", Statement: 1, Sid: "No", Line: 1, Column: 87},
	}}
	got := policy.Evaluate(&policy.Request{Principal: alice, Action: "s3:GetObject", Resource: "*"}, p)
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEffectText(t *testing.T) {
	for _, e := range []policy.Effect{policy.ImplicitDeny, policy.ExplicitDeny, policy.Allow} {
		text, err := e.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back policy.Effect
		if err := back.UnmarshalText(text); err != nil || back != e {
			t.Errorf("%s comes back as %v, %v", text, back, err)
		}
	}
	var e policy.Effect
	if err := e.UnmarshalText([]byte("maybe")); err == nil {
		t.Error("maybe is taken for an effect")
	}
}
