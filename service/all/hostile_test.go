package all_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/store"
)

// TestNothingOfOtherAccounts: an ARN of another account is asked for as that account's, or refused; never as something of one's own.
func TestNothingOfOtherAccounts(t *testing.T) {
	w := newWorld(t)
	tried := 0
	for i := range w.rows {
		row := &w.rows[i]
		in := reflect.New(row.Op.Input)
		fill(in.Elem(), row.Op.Name, w.values())
		foreign := false
		for _, member := range []string{"PolicyArn", "SerialNumber", "SAMLProviderArn", "OpenIDConnectProviderArn", "Arn", "PolicySourceArn", "RoleArn"} {
			if f := in.Elem().FieldByName(member); f.IsValid() {
				f.Elem().SetString(strings.ReplaceAll(f.Elem().String(), home, elsewhere))
				foreign = true
			}
		}
		for _, member := range []string{"UserName", "RoleName", "GroupName"} { // who attaches is here
			if f := in.Elem().FieldByName(member); f.IsValid() {
				foreign = false
			}
		}
		if !foreign || row.Op.Service.Name == "sts" && row.Op.Name != "AssumeRole" {
			continue
		}
		if f := in.Elem().FieldByName("TokenCode"); f.IsValid() {
			f.SetZero()
			in.Elem().FieldByName("SerialNumber").SetZero()
			in.Elem().FieldByName("ProvidedContexts").SetZero()
		}
		tried++
		t.Run(row.Op.Name, func(t *testing.T) {
			if q := w.ask(t, row, in.Interface())[0]; q.Account != elsewhere || !strings.Contains(q.Resource, elsewhere) {
				t.Errorf("asks for %s of account %q", q.Resource, q.Account)
			}
			if row.Op.Name == "AssumeRole" {
				return // the trust policy of a role elsewhere decides
			}
			_, err := w.perform(row, in.Interface(), true)
			var e *wire.Error
			if !errors.As(err, &e) || e.Shape.Fault {
				t.Errorf("the handler answers %v", err)
			}
		})
	}
	if tried < 30 {
		t.Errorf("only %d operations were tried", tried)
	}
}

// TestNoInputPanics: every valid input, as full and as bare as the model lets it be, about what exists and what does not, gets an answer
// or an error that is the caller's to see.
func TestNoInputPanics(t *testing.T) {
	w := newWorld(t)
	for i := range w.rows {
		row := &w.rows[i]
		if row.Op.Name == "CreateOpenIDConnectProvider" || row.Op.Name == "ConsoleLogin" { // the first calls a server, the second has its own tests
			continue
		}
		for _, bare := range []bool{false, true} {
			for _, absent := range []bool{false, true} {
				if absent && row.Op.Name == "AssumeRole" { // a role that is not there trusts nobody
					continue
				}
				t.Run(fmt.Sprintf("%s/bare=%t,absent=%t", row.Op.Name, bare, absent), func(t *testing.T) {
					in := reflect.New(row.Op.Input)
					values := w.values()
					if absent {
						for _, name := range []string{"UserName", "GroupName", "RoleName", "InstanceProfileName", "ServerCertificateName"} {
							values[name] = "nobody"
						}
						for _, name := range []string{"PolicyArn", "SerialNumber", "SAMLProviderArn", "OpenIDConnectProviderArn", "Arn", "PolicySourceArn", "RoleArn"} {
							values[name] = usualOnce()[name].(string) + "x"
						}
						values["AccessKeyId"], values["ServiceSpecificCredentialId"] = "AKIAIOSFODNN7EXAMPLE", "ACCAEXAMPLEEXAMPLE123"
					}
					fill(in.Elem(), row.Op.Name, values)
					if bare {
						least(row.Op, in)
					}
					for _, other := range []string{"PolicyExclusionList", "ProvidedContexts"} { // a union, and what is refused
						if f := in.Elem().FieldByName(other); f.IsValid() {
							f.SetZero()
						}
					}
					if err := valid(row.Op, in); err != nil {
						t.Fatal(err)
					}
					_, err := w.perform(row, in.Interface(), true)
					var e *wire.Error
					if err != nil && (!errors.As(err, &e) || e.Shape.Fault) {
						t.Errorf("%v", err)
					}
				})
			}
		}
	}
}

// values are what the world's own things are called.
func (w *world) values() map[string]any {
	out := map[string]any{}
	for k, v := range w.ids {
		out[k] = v
	}
	return out
}

// TestWhatAWSKeepsIsNotTheCustomersToChange: every operation that could give a protected role, or one of AWS's policies, other permissions
// or other holders is refused, whatever the caller's own permissions are.
func TestWhatAWSKeepsIsNotTheCustomersToChange(t *testing.T) {
	w := newWorld(t)
	w.make("CreateServiceLinkedRole", map[string]any{"AWSServiceName": "guardduty.amazonaws.com"})
	for _, op := range []string{
		"AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary",
		"DeleteRolePermissionsBoundary", "DeleteRole", "UpdateRole", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile",
	} {
		row := w.row(op)
		in := reflect.New(row.Op.Input)
		values := w.values()
		values["RoleName"], values["InstanceProfileName"] = "aWSServiceRoleForAmazonGuardDuty", "Profile"
		fill(in.Elem(), op, values)
		_, err := w.perform(row, in.Interface(), true)
		if code := codeOf(err); code != "UnmodifiableEntity" {
			t.Errorf("%s of a service-linked role: %v", op, err)
		}
	}
	w.user.Kind, w.user.ServiceName = policy.Service, "sso.amazonaws.com"
	w.make("CreateRole", map[string]any{"RoleName": "AWSReservedSSO_Admin", "Path": "/aws-reserved/sso.amazonaws.com/"})
	w.user.Kind, w.user.ServiceName = policy.User, ""
	for _, op := range []string{"AttachRolePolicy", "PutRolePolicy", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription", "TagRole", "UntagRole", "DeleteRole"} {
		row := w.row(op)
		in := reflect.New(row.Op.Input)
		fill(in.Elem(), op, map[string]any{"RoleName": "AWSReservedSSO_Admin"})
		if _, err := w.perform(row, in.Interface(), true); codeOf(err) != "UnmodifiableEntity" {
			t.Errorf("%s of a reserved role: %v", op, err)
		}
	}
	for _, op := range []string{"CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion", "DeletePolicy", "TagPolicy", "UntagPolicy"} {
		row := w.row(op)
		in := reflect.New(row.Op.Input)
		values := w.values()
		values["PolicyArn"] = "arn:aws:iam::aws:policy/AdministratorAccess"
		fill(in.Elem(), op, values)
		if q := w.ask(t, row, in.Interface())[0]; q.Account != "aws" {
			t.Errorf("%s of AWS's policy is asked for as %s's", op, q.Account)
		}
		if _, err := w.perform(row, in.Interface(), true); codeOf(err) != "NoSuchEntity" {
			t.Errorf("%s of AWS's policy: %v", op, err)
		}
	}
	for _, path := range []string{"/aws-service-role/", "/aws-service-role/guardduty.amazonaws.com/", "/aws-reserved/", "/aws-reserved/sso.amazonaws.com/"} {
		row := w.row("CreateRole")
		in := reflect.New(row.Op.Input)
		fill(in.Elem(), "CreateRole", map[string]any{"RoleName": "Forged", "Path": path})
		if _, err := w.perform(row, in.Interface(), true); codeOf(err) != "ValidationError" {
			t.Errorf("a customer's role at %s: %v", path, err)
		}
	}
}

func codeOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Shape.Code
	}
	return ""
}

// TestRulesChangeNothing: a question is asked before anything is allowed.
func TestRulesChangeNothing(t *testing.T) {
	w := newWorld(t)
	for i := range w.rows {
		row := &w.rows[i]
		in := w.input(t, row, map[string]any{"TokenCode": nil, "SerialNumber": serialFor(row.Op)})
		c := w.call()
		err := w.deps.Store.Write(t.Context(), func(tx store.Tx) error {
			c.Tx = readOnly{tx}
			_, err := row.Resource(c, in)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", row.Op.Name, err)
		}
	}
}

// readOnly is a transaction that refuses to change anything.
type readOnly struct{ store.Tx }

var errRuleWrites = errors.New("a rule writes")

func (readOnly) Insert(string, store.Doc, store.Indexes, bool) error            { return errRuleWrites }
func (readOnly) Update(string, store.Doc, store.Rev, store.Indexes, bool) error { return errRuleWrites }
func (readOnly) Delete(string, store.Key, store.Rev, bool) error                { return errRuleWrites }
func (readOnly) Append(...store.Event) error                                    { return errRuleWrites }
