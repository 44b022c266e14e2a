package organizations_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vauban/access"
	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/server"
	"vauban/service"
	"vauban/service/all"
	"vauban/store"
)

// TestRulesAskWhatTheReferenceSays: each operation asks for resources of the types, and with condition keys, that the Service Authorization
// Reference lists for it.
func TestRulesAskWhatTheReferenceSays(t *testing.T) {
	admin := &keys{id: "AKIAADMINADMINADMIN1", secret: "admin/secret"}
	r := &rig{}
	r.now.Store(1767323045)
	s, err := server.Open(t.Context(), server.Config{Account: "111122223333", AdminAccessKeyID: admin.id, AdminSecretAccessKey: admin.secret, Clock: r.time})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.Server = s
	r.organizations(t, admin, "CreateOrganization", `{}`)
	root := r.organizations(t, admin, "ListRoots", `{}`)["Roots"].([]any)[0].(map[string]any)["Id"].(string)
	unit := r.organizations(t, admin, "CreateOrganizationalUnit", `{"ParentId":"`+root+`","Name":"u","Tags":[{"Key":"k","Value":"v"}]}`)["OrganizationalUnit"].(map[string]any)["Id"].(string)
	member := r.organizations(t, admin, "CreateAccount", `{"AccountName":"m","Email":"m@example.com"}`)["CreateAccountStatus"].(map[string]any)["AccountId"].(string)
	alone := r.organizations(t, admin, "CreateAccount", `{"AccountName":"n","Email":"n@example.com"}`)["CreateAccountStatus"].(map[string]any)["AccountId"].(string)
	r.organizations(t, admin, "RemoveAccountFromOrganization", `{"AccountId":"`+alone+`"}`)
	handshake := r.organizations(t, admin, "InviteAccountToOrganization", `{"Target":{"Type":"ACCOUNT","Id":"`+alone+`"}}`)["Handshake"].(map[string]any)["Id"].(string)
	names := values{
		"AccountId": member, "RootId": root, "ParentId": unit, "ChildId": unit, "SourceParentId": root, "DestinationParentId": unit, "TargetId": member, "ResourceId": unit,
		"OrganizationalUnitId": unit, "PolicyId": "p-FullAWSAccess", "HandshakeId": handshake, "PolicyType": api.PolicyTypeTagPolicy, "Filter": api.PolicyTypeTagPolicy,
		"Type": api.PolicyTypeTagPolicy, "ServicePrincipal": "iam.amazonaws.com", "Id": alone, "Key": "k", "Value": "v", "TagKeys": []string{"k"},
	}
	for _, sv := range all.Services(s.Deps(), (*access.Picture)(nil)) {
		if sv.API() != api.API {
			continue
		}
		for _, row := range sv.Operations() {
			// Handshakes are filtered by a structure; transfers there are none.
			if strings.HasPrefix(row.Op.Name, "ListHandshakes") || strings.Contains(row.Op.Name, "Responsibility") {
				continue
			}
			t.Run(row.Op.Name, func(t *testing.T) {
				body, err := json.Marshal(names.fill(row.Op.Input, false))
				if err != nil {
					t.Fatal(err)
				}
				in := reflect.New(row.Op.Input).Interface()
				if err := json.Unmarshal(body, in); err != nil && !strings.Contains(err.Error(), "time") {
					t.Fatal(err)
				}
				err = s.Deps().Store.Read(t.Context(), func(tx store.Tx) error {
					c := &service.Call{Context: t.Context(), Tx: tx, Account: "111122223333", Time: r.time(), Caller: &service.Caller{Kind: policy.User, Account: "111122223333"}}
					qs, err := row.Resource(c, in)
					for _, q := range qs {
						check(t, row.Op.Actions[0], q)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

var placeholder = regexp.MustCompile(`\\\$\\\{[A-Za-z]+\\\}`)

// check compares one question with what the reference says of the action.
func check(t *testing.T, action wire.Action, q service.Question) {
	t.Helper()
	given, required := q.Resource == "*", false
	keys := slices.Clone(action.Keys)
	for _, rt := range action.Resources {
		required = required || rt.Required
		for _, template := range rt.ARNs {
			pattern := placeholder.ReplaceAllString(regexp.QuoteMeta(template), `[^:/]+`)
			if rt.Name == "policy" { // AWS's own are asked under their ARN
				pattern += `|arn:aws:organizations::aws:policy/[a-z_]+/p-[A-Za-z]+`
			}
			pattern = strings.ReplaceAll(pattern, "/p-[^:/]+", "/(p-[^:/]+|\\*)")
			pattern = strings.ReplaceAll(pattern, "/rp-[^:/]+", "/(rp-[^:/]+|\\*)")
			if regexp.MustCompile("^(" + pattern + ")$").MatchString(q.Resource) {
				given = true
				keys = append(keys, rt.Keys...)
			}
		}
	}
	if !given || required && q.Resource == "*" {
		t.Errorf("%s is asked on %s, want one of %v", action.Name, q.Resource, action.Resources)
	}
	for k := range q.Context {
		for _, tagged := range []string{"aws:RequestTag/", "aws:ResourceTag/"} {
			if strings.HasPrefix(k, tagged) {
				k = tagged + "${TagKey}"
			}
		}
		if !slices.Contains(keys, k) {
			t.Errorf("%s is asked with the key %s, which the reference does not list: %v", action.Name, k, keys)
		}
	}
}
