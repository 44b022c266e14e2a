package sts_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"vauban/server"
)

// member is a server with an organization of one member account, as its management account's administrator and as the member's.
func member(t *testing.T) (admin, there client, account string) {
	t.Helper()
	s, err := server.Open(context.Background(), server.Config{
		Account: managementAccount, AdminAccessKeyID: "AKIAADMINADMINADMIN1", AdminSecretAccessKey: "admin/secret", Clock: func() time.Time { return layersTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	admin = client{t: t, server: s, agent: "test", keys: credentials{ID: "AKIAADMINADMINADMIN1", Secret: "admin/secret"}}
	admin.organizations("CreateOrganization", "", map[string]string{"FeatureSet": "ALL"})
	account = admin.organizations("CreateAccount", "AccountId", map[string]string{"AccountName": "dev", "Email": "dev@example.com"})
	there = admin.as(admin.must("sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+account+":role/"+organizationRole, "RoleSessionName", "ops"))
	return admin, there, account
}

// TestRefusalTellsNothingOfOthersResources: what a refused caller may have decoded is the same whether the role of another account exists
// or not, and names neither its tags nor where its account stands.
func TestRefusalTellsNothingOfOthersResources(t *testing.T) {
	admin, there, _ := member(t)
	admin.must("iam", "CreateRole", "RoleName", "vault", "Tags.member.1.Key", "project", "Tags.member.1.Value", "hidden",
		"AssumeRolePolicyDocument", policyOf(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`))
	there.must("iam", "CreateUser", "UserName", "spy")
	spy := there.as(there.must("iam", "CreateAccessKey", "UserName", "spy"))
	there.must("iam", "PutUserPolicy", "UserName", "spy", "PolicyName", "own", "PolicyDocument", policyOf(`{"Effect":"Allow","Action":"sts:*","Resource":"*"}`))
	for _, role := range []string{"vault", "nothing"} {
		refused := spy.query("sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+managementAccount+":role/"+role, "RoleSessionName", "spying")
		w := spy.decode(refused)
		for _, c := range w.Context.Conditions.Items {
			if strings.Contains(strings.ToLower(c.Key), "resourcetag/") || strings.HasPrefix(c.Key, "aws:ResourceOrg") {
				t.Errorf("refused the role %s, the caller reads %s = %v", role, c.Key, c.Values.Items)
			}
		}
		if got := w.condition("sts:RoleSessionName"); got != "spying" {
			t.Errorf("refused the role %s, the caller does not read its own request: %q", role, got)
		}
	}
}

// TestFederatedUsersTakeNoRoot: sessions of GetFederationToken and GetSessionToken call no operation of STS but those that AWS lists.
func TestFederatedUsersTakeNoRoot(t *testing.T) {
	admin, _, account := member(t)
	admin.organizations("EnableAWSServiceAccess", "", map[string]string{"ServicePrincipal": "iam.amazonaws.com"})
	admin.must("iam", "EnableOrganizationsRootCredentialsManagement")
	ask := func(c client) (int, string) {
		w := c.query("sts", "AssumeRoot", "TargetPrincipal", account, "TaskPolicyArn.arn", "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")
		return w.Code, w.Body.String()
	}
	if code, body := ask(admin); code != http.StatusOK {
		t.Fatalf("the administrator: %d %s", code, body)
	}
	federated := admin.as(admin.must("sts", "GetFederationToken", "Name", "guest", "Policy", policyOf(`{"Effect":"Allow","Action":"*","Resource":"*"}`)))
	if code, body := ask(federated); code != http.StatusForbidden {
		t.Errorf("a federated user: %d %s", code, body)
	}
	own := admin.as(admin.must("sts", "GetSessionToken"))
	if code, body := ask(own); code != http.StatusForbidden {
		t.Errorf("a session of GetSessionToken: %d %s", code, body)
	}
}
