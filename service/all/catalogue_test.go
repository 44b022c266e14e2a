package all_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// The rows are compared with the Service Authorization Reference, which the generated tables carry: each must ask for the action, on a
// resource of the type and with exactly the condition keys that AWS documents. A key that AWS does not give would let a policy match
// here that does not match there.

// unlisted are the resources on which AWS authorises listings in fact, though the reference shows none: its refusals name them.
var unlisted = map[string]string{
	"ListUsers": "user/", "ListGroups": "group/", "ListRoles": "role/", "ListInstanceProfiles": "instance-profile/", "ListVirtualMFADevices": "mfa/",
	"ListServerCertificates": "server-certificate/", "ListSAMLProviders": "saml-provider/*", "ListOpenIDConnectProviders": "oidc-provider/*",
}

// notGiven are keys of the reference that cannot have a value here.
func notGiven(key string) bool {
	for _, prefix := range []string{
		"iam:RoleTemplateARN",                 // there are no role templates
		"iam:FIDO", "iam:RegisterSecurityKey", // nor security keys
		"accounts.google.com:", "cognito-identity.amazonaws.com:", "graph.facebook.com:", "www.amazon.com:", "saml:", // nor callers from other identity providers
	} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// made are the ARNs that the things get which operations make.
var made = map[string]string{
	"CreateUser": "user/team/bOB", "CreateGroup": "group/team/dEVS", "CreateRole": "role/team/wORKER", "CreatePolicy": "policy/team/inline",
	"CreateInstanceProfile": "instance-profile/team/pROFILE", "UploadServerCertificate": "server-certificate/team/cERT",
	"CreateVirtualMFADevice": "mfa/team/Phone", "CreateSAMLProvider": "saml-provider/Idp", "CreateOpenIDConnectProvider": "oidc-provider/id.example.com",
	"CreateServiceLinkedRole":            "role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty_x",
	"CreateTrail":                        "arn:aws:cloudtrail:us-east-1:" + home + ":trail/another",
	"CreateEventDataStore":               "arn:aws:cloudtrail:us-east-1:" + home + ":eventdatastore/*",
	"GetServiceLinkedRoleDeletionStatus": "role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
}

// further are the questions beside an operation's own action.
var further = map[string][]string{
	"AddRoleToInstanceProfile": {"iam:PassRole"},
	"CreateTrail":              {"cloudtrail:AddTags", "iam:PassRole"},
	"UpdateTrail":              {"iam:PassRole"},
	"CreateEventDataStore":     {"cloudtrail:AddTags"},
	"AssumeRole":               {"sts:TagSession", "sts:SetSourceIdentity"},
	"GetFederationToken":       {"sts:TagSession"},
	"UpdateUser":               {"iam:UpdateUser"}, // as it is, and as it will be
	"UpdateGroup":              {"iam:UpdateGroup"},
	"UpdateServerCertificate":  {"iam:UpdateServerCertificate"},
}

func TestRowsAskWhatTheReferenceSays(t *testing.T) {
	w := newWorld(t)
	for i := range w.rows {
		row := &w.rows[i]
		t.Run(row.Op.Name, func(t *testing.T) {
			in := w.input(t, row, map[string]any{"TokenCode": nil, "SerialNumber": serialFor(row.Op)})
			qs := w.ask(t, row, in)
			own := row.Op.Actions[0]
			q := qs[0]
			if q.Action != "" && q.Action != own.Name {
				t.Errorf("the first question is %s, want %s", q.Action, own.Name)
			}
			if q.Account != "" && q.Account != home {
				t.Errorf("the resource is account %s's", q.Account)
			}
			checkResource(t, row.Op, q.Resource)
			checkKeys(t, own, q)
			var more []string
			for _, q := range qs[1:] {
				switch q.Action {
				case "":
					q.Action = own.Name
					checkKeys(t, own, q)
				case "iam:PassRole":
					if row.Op.Service.Name == "iam" {
						checkKeys(t, passRole, q)
					} else if q.Context["iam:PassedToService"] == nil { // other services do not read roles: they give no tags
						t.Errorf("iam:PassRole is asked with %v", q.Context)
					}
				}
				more = append(more, q.Action)
			}
			if !slices.Equal(more, further[row.Op.Name]) {
				t.Errorf("the further questions are %v, want %v", more, further[row.Op.Name])
			}
		})
	}
}

// passRole is the action of no operation.
var passRole = wire.Action{
	Name: "iam:PassRole", Keys: []string{"iam:AssociatedResourceArn", "iam:PassedToService"},
	Resources: []wire.ResourceType{{Name: "role", Keys: []string{"aws:ResourceTag/${TagKey}", "iam:ResourceTag/${TagKey}"}}},
}

func serialFor(op *wire.Operation) any {
	if op.Service.Name == "sts" { // an MFA code postpones the questions: see package sts
		return nil
	}
	return arnOf("mfa")
}

// input has a value for every member; a nil in own leaves one out. It must pass the model's constraints.
func (w *world) input(t *testing.T, row *service.Row, own map[string]any) any {
	t.Helper()
	in := reflect.New(row.Op.Input)
	values := map[string]any{}
	for k, v := range w.ids {
		values[k] = v
	}
	for k, v := range own {
		if v != nil {
			values[k] = v
		}
	}
	fill(in.Elem(), row.Op.Name, values)
	for k, v := range own {
		if f := in.Elem().FieldByName(k); v == nil && f.IsValid() {
			f.SetZero()
		}
	}
	for _, other := range excluded(row.Op.Name) {
		if f := in.Elem().FieldByName(other); f.IsValid() {
			f.SetZero()
		}
	}
	if err := valid(row.Op, in); err != nil {
		t.Fatalf("the test's input is not valid: %v", err)
	}
	return in.Interface()
}

func (w *world) ask(t *testing.T, row *service.Row, in any) (qs []service.Question) {
	t.Helper()
	c := w.call()
	err := w.deps.Store.Read(t.Context(), func(tx store.Tx) (err error) {
		c.Tx = tx
		qs, err = row.Resource(c, in)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(qs) == 0 {
		t.Fatal("nothing is asked")
	}
	return qs
}

func checkResource(t *testing.T, op *wire.Operation, resource string) {
	t.Helper()
	prefix := "arn:aws:iam::" + home + ":"
	types := op.Actions[0].Resources
	if len(types) == 0 {
		want := "*"
		if r := unlisted[op.Name]; r != "" {
			want = prefix + r
		}
		if resource != want {
			t.Errorf("asks for %s, want %s", resource, want)
		}
		return
	}
	if r := made[op.Name]; r != "" {
		if !strings.HasPrefix(r, "arn:") {
			r = prefix + r
		}
		if resource != r {
			t.Errorf("asks for %s, want %s", resource, r)
		}
		return
	}
	for _, rt := range types {
		if resource == arnOf(rt.Name) || arnOf(rt.Name) == "" && hasForm(resource, rt.ARNs) {
			return
		}
	}
	t.Errorf("asks for %s, want the ARN that the thing has, of one of the types %v", resource, types)
}

// hasForm reports whether the ARN is one of the templates with its variables replaced.
func hasForm(arn string, templates []string) bool {
	for _, text := range templates {
		head, _, _ := strings.Cut(strings.NewReplacer("${Partition}", "aws", "${Account}", home).Replace(text), "${")
		if strings.HasPrefix(arn, head) && len(arn) >= len(head) {
			return true
		}
	}
	return false
}

func checkKeys(t *testing.T, action wire.Action, q service.Question) {
	t.Helper()
	var want, have []string
	want = append(want, action.Keys...)
	for _, rt := range action.Resources {
		if q.Resource == "*" || len(action.Resources) == 1 || strings.Contains(q.Resource, ":"+rt.Name+"/") {
			want = append(want, rt.Keys...)
		}
	}
	want = slices.DeleteFunc(want, notGiven)
	if _, op, _ := strings.Cut(action.Name, ":"); made[op] != "" || action.Name == "sts:GetFederationToken" { // it has no tags yet
		want = slices.DeleteFunc(want, func(k string) bool { return strings.Contains(k, "ResourceTag/") })
	}
	for k := range q.Context {
		if k == "aws:ResourceAccount" { // global, and given where it is not the account that owns by permissions
			continue
		}
		for _, tagged := range []string{"aws:RequestTag/", "aws:ResourceTag/", "iam:ResourceTag/"} {
			if strings.HasPrefix(k, tagged) {
				k = tagged + "${TagKey}"
			}
		}
		have = append(have, k)
	}
	slices.Sort(want)
	slices.Sort(have)
	want, have = slices.Compact(want), slices.Compact(have)
	if !slices.Equal(want, have) {
		t.Errorf("%s is asked with the keys %v, want %v", action.Name, have, want)
	}
}
