package sts_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/store/storetest"
)

const (
	managementAccount = "111122223333"
	organizationRole  = "OrganizationAccountAccessRole"
)

// client calls a server with one pair of keys.
type client struct {
	t      *testing.T
	server *server.Server
	keys   credentials
	agent  string
}

type credentials struct {
	ID     string `xml:"AccessKeyId"`
	Secret string `xml:"SecretAccessKey"`
	Token  string `xml:"SessionToken"`
}

var layersTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (c client) send(service, contentType, target, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	r.Header.Set("User-Agent", c.agent)
	r.Header.Set("Referer", "https://example.com/page")
	for _, forged := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Aws-PrincipalArn", "X-Amz-Source-Arn", "X-Amz-Source-Account", "X-Amz-Source-Vpce"} {
		r.Header.Set(forged, "198.51.100.1")
	}
	r.Host, r.RemoteAddr = "vauban.test", "192.0.2.1:1"
	signer := &sigv4.Signer{AccessKeyID: c.keys.ID, Secret: sigv4.SecretKey(c.keys.Secret), SessionToken: c.keys.Token, Region: "us-east-1", Service: service}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte(body)), layersTime); err != nil {
		c.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	return w
}

// query calls IAM or STS: pairs of names and values.
func (c client) query(service, operation string, pairs ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	form := url.Values{"Action": {operation}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return c.send(service, "application/x-www-form-urlencoded", "", form.Encode())
}

// must is query, of which the answer must be good.
func (c client) must(service, operation string, pairs ...string) string {
	c.t.Helper()
	w := c.query(service, operation, pairs...)
	if w.Code != http.StatusOK {
		c.t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
	}
	return w.Body.String()
}

// organizations calls AWS Organizations and returns the first text of that member.
func (c client) organizations(operation, member string, in map[string]string) string {
	c.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		c.t.Fatal(err)
	}
	w := c.send("organizations", "application/x-amz-json-1.1", "AWSOrganizationsV20161128."+operation, string(body))
	m := regexp.MustCompile(`"` + member + `":"([^"]*)"`).FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || member != "" && m == nil {
		c.t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
	}
	if m == nil {
		return ""
	}
	return m[1]
}

// as is the client with the keys in the response.
func (c client) as(response string) client {
	c.t.Helper()
	c.keys = credentials{}
	d := xml.NewDecoder(strings.NewReader(response))
	for {
		token, err := d.Token()
		if err != nil {
			c.t.Fatalf("no keys in %s", response)
		}
		if s, ok := token.(xml.StartElement); ok && (s.Name.Local == "Credentials" || s.Name.Local == "AccessKey") {
			if err := d.DecodeElement(&c.keys, &s); err != nil {
				c.t.Fatal(err)
			}
			return c
		}
	}
}

// why is the decoded message, as far as the test looks at it.
type why struct {
	ExplicitDeny      bool
	MatchedStatements struct {
		Items []struct{ StatementID string }
	}
	Context struct {
		Conditions struct {
			Items []struct {
				Key    string
				Values struct{ Items []struct{ Value string } }
			}
		}
	}
	DecidedBy []struct {
		Layer, Level, Policy, Sid string
		Statement, Line, Column   int
	}
}

// decode asks the client's account why the call was refused.
func (c client) decode(refused *httptest.ResponseRecorder) why {
	c.t.Helper()
	message := refused.Header().Get("X-Vauban-Authorization-Message")
	if refused.Code != http.StatusForbidden || message == "" {
		c.t.Fatalf("%d %s, message %q", refused.Code, refused.Body, message)
	}
	var out struct {
		Text string `xml:"DecodeAuthorizationMessageResult>DecodedMessage"`
	}
	var w why
	if err := xml.Unmarshal([]byte(c.must("sts", "DecodeAuthorizationMessage", "EncodedMessage", message)), &out); err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out.Text), &w); err != nil {
		c.t.Fatalf("%v: %s", err, out.Text)
	}
	return w
}

func (w why) condition(key string) string {
	var out []string
	for _, c := range w.Context.Conditions.Items {
		if c.Key == key {
			for _, v := range c.Values.Items {
				out = append(out, v.Value)
			}
		}
	}
	return strings.Join(out, " ")
}

func policyOf(statements string) string {
	return `{"Version":"2012-10-17",` + "\n" + `"Statement":[` + statements + `]}`
}

const anything = `{"Effect":"Allow","Action":"*","Resource":"*"}`

// TestEveryLayerIsNamed: the message of a call that a layer refuses names the layer, the level, the policy and the statement, and the keys seen.
func TestEveryLayerIsNamed(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { everyLayer(t, server.Config{}) })
	t.Run("postgres", func(t *testing.T) { everyLayer(t, server.Config{Database: storetest.Postgres(t)}) })
}

func everyLayer(t *testing.T, cfg server.Config) {
	cfg.Account, cfg.AdminAccessKeyID, cfg.AdminSecretAccessKey = managementAccount, "AKIAADMINADMINADMIN1", "admin/secret"
	cfg.Clock = func() time.Time { return layersTime }
	s, err := server.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	admin := client{t, s, credentials{ID: cfg.AdminAccessKeyID, Secret: cfg.AdminSecretAccessKey}, "test"}

	admin.organizations("CreateOrganization", "Id", map[string]string{})
	root := admin.organizations("ListRoots", "Id", map[string]string{})
	unit := admin.organizations("CreateOrganizationalUnit", "Id", map[string]string{"ParentId": root, "Name": "Apps"})
	member := admin.organizations("CreateAccount", "AccountId", map[string]string{"AccountName": "app", "Email": "app@example.com"})
	admin.organizations("MoveAccount", "", map[string]string{"AccountId": member, "SourceParentId": root, "DestinationParentId": unit})
	arn := func(id string) string { return "arn:aws:iam::" + member + ":" + id }
	ops := admin.as(admin.must("sts", "AssumeRole", "RoleArn", arn("role/"+organizationRole), "RoleSessionName", "ops"))

	ops.must("iam", "CreatePolicy", "PolicyName", "Limit", "PolicyDocument",
		policyOf(anything+`,`+"\n"+`  {"Sid":"NoKeys","Effect":"Deny","Action":"iam:CreateAccessKey","Resource":"*"}`))
	ops.must("iam", "CreateUser", "UserName", "dana", "PermissionsBoundary", arn("policy/Limit"))
	ops.must("iam", "PutUserPolicy", "UserName", "dana", "PolicyName", "own", "PolicyDocument",
		policyOf(anything+`,{"Sid":"NoGroups","Effect":"Deny","Action":"iam:CreateGroup","Resource":"*"}`))
	dana := ops.as(ops.must("iam", "CreateAccessKey", "UserName", "dana"))
	trust := func(sid, principal string) string {
		return policyOf(`{"Effect":"Allow","Principal":{"AWS":"` + arn("root") + `"},"Action":"sts:*"},` +
			`{"Sid":"` + sid + `","Effect":"Deny","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}`)
	}
	ops.must("iam", "CreateRole", "RoleName", "Worker", "AssumeRolePolicyDocument", policyOf(`{"Effect":"Allow","Principal":{"AWS":"`+arn("root")+`"},"Action":"sts:*"}`),
		"Tags.member.1.Key", "team", "Tags.member.1.Value", "red")
	ops.must("iam", "PutRolePolicy", "RoleName", "Worker", "PolicyName", "all", "PolicyDocument", policyOf(anything))
	ops.must("iam", "CreateRole", "RoleName", "Shut", "AssumeRolePolicyDocument", trust("NotDana", arn("user/dana")))
	admin.must("iam", "CreateRole", "RoleName", "Far", "AssumeRolePolicyDocument", policyOf(`{"Sid":"Never","Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`))

	assume := func(session string) client {
		pairs := []string{"RoleArn", arn("role/Worker"), "RoleSessionName", "job", "SourceIdentity", "dana"}
		if session != "" {
			pairs = append(pairs, "Policy", session)
		}
		return dana.as(dana.must("sts", "AssumeRole", pairs...))
	}
	limited := assume(policyOf(`{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Sid":"NoUsers","Effect":"Deny","Action":"iam:DeleteUser","Resource":"*"}`))
	free := assume("")

	attach := func(policyType, name, statement string) string {
		admin.organizations("EnablePolicyType", "Id", map[string]string{"RootId": root, "PolicyType": policyType})
		id := admin.organizations("CreatePolicy", "Id", map[string]string{"Type": policyType, "Name": name, "Description": "", "Content": policyOf(statement)})
		admin.organizations("AttachPolicy", "", map[string]string{"PolicyId": id, "TargetId": unit})
		return id
	}
	scp := attach("SERVICE_CONTROL_POLICY", "guard", `{"Sid":"KeepRoles","Effect":"Deny","Action":"iam:DeleteRole","Resource":"*"}`)
	rcp := attach("RESOURCE_CONTROL_POLICY", "fence",
		`{"Sid":"NoOps","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringEquals":{"sts:RoleSessionName":"ops"}}}`)
	orgARN := func(kind, id string) string { return "/" + kind + "/" + id }

	tests := []struct {
		name    string
		refused *httptest.ResponseRecorder
		want    string // layer level policy statement sid line
		keys    map[string]string
	}{
		{"identity", dana.query("iam", "CreateGroup", "GroupName", "g"), "identity  own 1 NoGroups 2",
			map[string]string{"aws:username": "dana", "aws:Referer": "https://example.com/page", "aws:UserAgent": "test", "aws:SourceArn": "", "aws:SourceVpce": "", "aws:SourceIp": "192.0.2.1", "aws:CurrentTime": "2026-01-02T03:04:05Z", "aws:ResourceAccount": member,
				"aws:PrincipalArn": arn("user/dana"), "aws:MultiFactorAuthPresent": ""}},
		{"boundary", dana.query("iam", "CreateAccessKey", "UserName", "dana"), "boundary  " + arn("policy/Limit") + " 1 NoKeys 3", nil},
		{"session policy", limited.query("iam", "DeleteUser", "UserName", "dana"), "session  session policy 1 NoUsers 1",
			map[string]string{"aws:PrincipalTag/team": "red", "aws:SourceIdentity": "dana", "aws:MultiFactorAuthPresent": "false", "aws:PrincipalType": "AssumedRole"}},
		{"session policy that does not allow", limited.query("sts", "AssumeRole", "RoleArn", arn("role/Worker"), "RoleSessionName", "again"), "session   -1  0", nil},
		{"service control policy", free.query("iam", "DeleteRole", "RoleName", "Worker"), "scp " + unit + " " + orgARN("service_control_policy", scp) + " 0 KeepRoles 2",
			map[string]string{"iam:ResourceTag/team": "red", "aws:PrincipalAccount": member}},
		{"resource control policy", dana.query("sts", "AssumeRole", "RoleArn", arn("role/Worker"), "RoleSessionName", "ops"),
			"rcp " + unit + " " + orgARN("resource_control_policy", rcp) + " 0 NoOps 2", map[string]string{"sts:RoleSessionName": "ops", "aws:ResourceTag/team": "red"}},
		{"trust policy", dana.query("sts", "AssumeRole", "RoleArn", arn("role/Shut"), "RoleSessionName", "s1"), "trust  " + arn("role/Shut") + " 1 NotDana 2", nil},
		{"trust policy of the organization's other account", dana.query("sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+managementAccount+":role/Far", "RoleSessionName", "s1"),
			"trust  arn:aws:iam::" + managementAccount + ":role/Far 0 Never 2", map[string]string{"aws:ResourceAccount": managementAccount}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ops
			c.t = t
			w := c.decode(tt.refused)
			if len(w.DecidedBy) == 0 {
				t.Fatalf("nothing decided: %+v", w)
			}
			r := w.DecidedBy[0]
			if i := strings.Index(r.Policy, "_control_policy/"); i >= 0 { // the organization's ID is not known here
				r.Policy = r.Policy[strings.LastIndex(r.Policy[:i], "/"):]
			}
			if got := fmt.Sprintf("%s %s %s %d %s %d", r.Layer, r.Level, r.Policy, r.Statement, r.Sid, r.Line); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if r.Statement >= 0 && (r.Column == 0 || !w.ExplicitDeny || len(w.MatchedStatements.Items) == 0 || w.MatchedStatements.Items[0].StatementID != r.Sid) {
				t.Errorf("the statement is not shown whole: %+v", w)
			}
			for key, want := range tt.keys {
				if got := w.condition(key); got != want {
					t.Errorf("%s was %q, want %q", key, got, want)
				}
			}
		})
	}
	talkative := dana
	talkative.agent = strings.Repeat("a", 7000)
	w := ops.decode(talkative.query("iam", "CreateGroup", "GroupName", "g"))
	if len(w.DecidedBy) != 1 || w.DecidedBy[0].Sid != "NoGroups" || len(w.Context.Conditions.Items) != 0 {
		t.Errorf("a context that is too long for the message must not cost the reasons: %+v", w)
	}
}
