package organizations_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/server"
)

// values are of things that exist, by the name of the member; filled in with what the test has made.
type values map[string]any

// fill gives every member of an input a value, as JSON.
func (v values) fill(t reflect.Type, bare bool) map[string]any {
	out := map[string]any{}
	for f := range t.Fields() {
		if bare && !strings.Contains(f.Tag.Get("api"), "required") {
			continue
		}
		out[f.Name] = v.value(f.Name, f.Type, bare)
	}
	return out
}

func (v values) value(name string, t reflect.Type, bare bool) any {
	if x, ok := v[name]; ok {
		return x
	}
	switch {
	case t == reflect.TypeFor[*time.Time]():
		return 1767323045
	case t.Kind() == reflect.Pointer:
		return v.value(name, t.Elem(), bare)
	case t.Kind() == reflect.Struct:
		return v.fill(t, bare)
	case t.Kind() == reflect.Slice:
		return []any{v.value("", t.Elem(), bare)}
	case t.Kind() == reflect.Int64:
		return 1
	case t.Kind() == reflect.Bool:
		return true
	}
	return "x"
}

// TestNoCallFails: every operation, with full and with bare input, about what exists and what does not, by the management account, a
// member and an account that belongs to none, gets an answer or an error that is the caller's to see.
func TestNoCallFails(t *testing.T) {
	r := &rig{}
	r.now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	admin := &keys{id: "AKIAADMINADMINADMIN1", secret: "admin/secret"}
	s, err := server.Open(t.Context(), server.Config{Account: "111122223333", AdminAccessKeyID: admin.id, AdminSecretAccessKey: admin.secret, Clock: r.time})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.Server = s
	r.organizations(t, admin, "CreateOrganization", `{}`)
	root := r.organizations(t, admin, "ListRoots", `{}`)["Roots"].([]any)[0].(map[string]any)["Id"].(string)
	member := func(email string) string {
		return r.organizations(t, admin, "CreateAccount", `{"AccountName":"m","Email":"`+email+`"}`)["CreateAccountStatus"].(map[string]any)["AccountId"].(string)
	}
	inside, outside := member("in@example.com"), member("out@example.com")
	callers := map[string]*keys{"management": admin, "member": r.signInRoot(t, inside), "outsider": r.signInRoot(t, outside)}
	r.organizations(t, admin, "RemoveAccountFromOrganization", `{"AccountId":"`+outside+`"}`)

	exist := values{
		"AccountId": inside, "RootId": root, "ParentId": root, "ChildId": inside, "SourceParentId": root, "DestinationParentId": root, "TargetId": root, "ResourceId": root,
		"OrganizationalUnitId": "ou-aaaa-aaaaaaaa", "PolicyId": "p-FullAWSAccess", "HandshakeId": "h-aaaaaaaaaa", "CreateAccountRequestId": "car-aaaaaaaa",
		"PolicyType": api.PolicyTypeTagPolicy, "Filter": api.PolicyTypeServiceControlPolicy, "ChildType": "ACCOUNT", "FeatureSet": "ALL", "States": []string{"FAILED"},
		"ServicePrincipal": "iam.amazonaws.com", "Email": "new@example.com", "IamUserAccessToBilling": "ALLOW", "Type": "ACCOUNT", "Id": outside,
		"Content": `{"tags":{}}`, "CreatePolicy.Type": api.PolicyTypeTagPolicy, "ActionType": "INVITE", "ParentHandshakeId": "h-aaaaaaaaaa",
	}
	absent := values{}
	for k, v := range exist {
		absent[k] = v
	}
	for k, v := range map[string]any{
		"AccountId": "999999999999", "RootId": "r-zzzz", "ParentId": "ou-zzzz-zzzzzzzz", "ChildId": "999999999999", "SourceParentId": "r-zzzz", "DestinationParentId": "r-zzzz",
		"TargetId": "999999999999", "ResourceId": "rp-zzzz", "PolicyId": "p-zzzzzzzzzz", "Id": "999999999999", "NextToken": "AAAA",
	} {
		absent[k] = v
	}
	for name, who := range callers {
		for _, op := range api.API.Operations {
			for _, v := range []values{exist, absent} {
				for _, bare := range []bool{false, true} {
					r.tryOne(t, name, who, op, v, bare)
				}
			}
		}
	}
}

func (r *rig) tryOne(t *testing.T, name string, who *keys, op *wire.Operation, v values, bare bool) {
	t.Helper()
	in := v.fill(op.Input, bare)
	switch op.Name { // members that are called alike and mean something else
	case "CreatePolicy":
		in["Type"] = api.PolicyTypeTagPolicy
	case "ListHandshakesForAccount", "ListHandshakesForOrganization":
		delete(in, "Filter")
	case "InviteOrganizationToTransferResponsibility", "ListInboundResponsibilityTransfers", "ListOutboundResponsibilityTransfers":
		in["Type"] = "BILLING"
		delete(in, "Id")
	case "DescribeResponsibilityTransfer", "TerminateResponsibilityTransfer", "UpdateResponsibilityTransfer":
		in["Id"] = "rt-aaaaaaaa"
	}
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	code, out, text := r.send(t, who, "organizations", "/", "AWSOrganizationsV20161128."+op.Name, string(body))
	if code != http.StatusOK && code != http.StatusBadRequest && code != http.StatusForbidden {
		t.Errorf("%s by the %s with %s: %d %s", op.Name, name, body, code, text)
	}
	if kind, _ := out["__type"].(string); strings.HasPrefix(kind, "Validation") || strings.HasPrefix(kind, "Serialization") {
		t.Errorf("%s was not reached with %s: %s", op.Name, body, text)
	}
}
