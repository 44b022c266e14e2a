package policy_test

import (
	"errors"
	"strings"
	"testing"

	"vauban/engine/policy"
)

const ok = `"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"`

func with(elements string) string { return doc(`"Effect":"Allow",` + elements) }

func resources(r string) string { return with(`"Action":"s3:ListBucket","Resource":` + r) }

func condition(c string) string { return doc(ok + `,"Condition":` + c) }

// fault says what Validate finds wrong, "" for nothing.
func fault(t *testing.T, kind policy.Kind, text string, checks policy.Checks) string {
	t.Helper()
	d, err := policy.Validate(kind, []byte(text), checks)
	if err == nil {
		if d == nil {
			t.Fatal("neither document nor error")
		}
		return ""
	}
	var v *policy.ValidationError
	if !errors.As(err, &v) || d != nil {
		t.Fatalf("document %v, error %v", d, err)
	}
	return v.Message
}

// Which message IAM gives to which fault, and in which order, was observed by the authors of public test suites.
func TestValidateIdentity(t *testing.T) {
	const (
		syntax  = "Syntax errors in policy."
		version = "Policy document must be version 2012-10-17 or greater."
		legacy  = "The policy failed legacy parsing"
		actions = "Policy statement must contain actions."
		targets = "Policy statement must contain resources."
		prefix  = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
		colon   = "Actions/Condition can contain only one colon."
		unique  = "Statement IDs (SID) in a single policy must be unique."
		vendor  = "Resource vendor must be fully qualified and cannot contain regexes."
		iamPath = `IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.`
	)
	for _, c := range []struct{ text, want string }{
		{"no json", syntax}, {"[]", syntax}, {`{"Version":"2012-10-17"}`, syntax}, {`{"Version":"2012-10-17","Statement":[]}`, syntax}, {`{"Version":"2012-10-17","Statement":"x"}`, syntax},
		{`{"Version":"2012-01-01","Statement":{` + ok + `}}`, syntax}, {`{"Version":"2012-10-17","Id":[],"Statement":{` + ok + `}}`, syntax}, {`{"Version":"2012-10-17","x":1,"Statement":{` + ok + `}}`, syntax},
		{`{"Version":"2012-10-17","Version":"2012-10-17","Statement":{` + ok + `}}`, syntax},
		{doc(ok + `,"x":1`), syntax}, {doc(`"Action":"s3:a","Resource":"*"`), syntax}, {doc(`"Effect":"x","Action":"s3:a","Resource":"*"`), syntax}, {doc(ok + `,"Sid":1`), syntax},
		{with(`"Action":{},"Resource":"*"`), syntax}, {with(`"Action":[[]],"Resource":"*"`), syntax}, {with(`"Action":"s3:a","NotAction":[],"Resource":"*"`), syntax}, {resources(`["x",{}]`), syntax}, {resources(`"*","NotResource":"*"`), syntax},
		{condition(`[]`), syntax}, {condition(`"a"`), syntax}, {condition(`{"a":"b"}`), syntax}, {condition(`{"Bool":[]}`), syntax}, {condition(`{"Bool":{"a":{}}}`), syntax}, {condition(`{"x":{"a":"b"}}`), syntax}, {condition(`{"ForAnyValue::StringEquals":{"a":"b"}}`), syntax},

		{`{"Statement":{` + ok + `}}`, version}, {`{"Version":"2008-10-17","Statement":{"Effect":"deny","Action":"a:b","Resource":"*"}}`, version},
		{doc(ok + `,"Principal":"*"`), "Policy document should not specify a principal."}, {doc(ok + `,"NotPrincipal":{"AWS":"*"}`), "Policy document should not specify a principal."},

		{doc(`"Effect":"denY","Action":"s3:a","Resource":"*"`), legacy}, {condition(`{"DateGreaterThan":{"a":"sdf"}}`), legacy}, {condition(`{"DateLessThan":{"a":"2026-13"}}`), legacy}, {condition(`{"IpAddress":{"a":"10.0.0.0/64"}}`), legacy},
		{condition(`{"NumericEquals":{"a":["1","one"]}}`), legacy}, {condition(`{"Bool":{"a":"yes"}}`), legacy},
		{resources(`"arn:aws:s3::b"`), legacy}, {resources(`"arn:aws::::b"`), legacy}, {resources(`"arn:aws::b"`), legacy}, {doc(`"Effect":"Allow","Action":"s3:a","NotResource":"arn:aws:s3::b"`), legacy},
		{doc(`"Effect":"allow","Resource":"arn:aws:s3:us-east-1::b"`), legacy}, {with(`"Resource":"arn:aws:s3::b"`), legacy},

		{doc(ok+`,"Sid":"a"`, ok+`,"Sid":"a"`), unique}, {doc(ok+`,"Sid":"a"`, `"Effect":"Allow","Sid":"a"`), unique}, {doc(ok+`,"Sid":""`, ok+`,"Sid":""`), ""},
		{doc(ok + `,"Sid":"a-b"`), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
		{with(`"Resource":"*"`), actions}, {doc(`"Effect":"Allow"`), actions}, {with(`"Action":[],"Resource":"*"`), actions}, {doc(`"Effect":"Deny"`, ok), actions},
		{with(`"Action":"s3:a"`), targets}, {resources(`[]`), targets},

		{resources(`""`), `Resource  must be in ARN format or "*".`}, {resources(`["adf"]`), `Resource adf must be in ARN format or "*".`}, {with(`"Action":"s:3:a","Resource":"sdf"`), `Resource sdf must be in ARN format or "*".`}, {resources(`"x:aws:s3:::b"`), `Resource x:aws:s3:::b must be in ARN format or "*".`},
		{resources(`"a:bcd"`), `Partition "bcd" is not valid for resource "arn:bcd:*:*:*:*".`}, {resources(`"a:b:c"`), `Partition "b" is not valid for resource "arn:b:c:*:*:*".`}, {resources(`"a:b:c:d:e:f:g:h"`), `Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".`},
		{resources(`"aws:s3:::b"`), `Partition "s3" is not valid for resource "arn:s3:::b:*".`}, {resources(`["arn:error:s3:::b","arn:error:s3::b"]`), `Partition "error" is not valid for resource "arn:error:s3:::b".`},
		{resources(`"arn:aws"`), vendor}, {resources(`"arn:aws:s?:::b"`), vendor}, {resources(`"arn:aws:iam:::b"`), iamPath}, {resources(`"arn:aws:iam:us-east-1::b"`), "IAM resource arn:aws:iam:us-east-1::b cannot contain region information."},
		{resources(`"arn:aws:s3:us-east-1::b"`), "Resource arn:aws:s3:us-east-1::b can not contain region information."},

		{with(`"Action":"invalid"`), prefix}, {with(`"NotAction":"","Resource":"*"`), prefix}, {with(`"Action":"s3:List:Bucket","Resource":"*"`), colon}, {with(`"Action":"a a:List","Resource":"*"`), "Vendor a a is not valid"}, {with(`"Action":"*:*","Resource":"*"`), "Vendor * is not valid"},

		{doc(ok), ""}, {with(`"NotAction":["*","iam: a b "],"NotResource":["arn:aws:s3:::b","*"]`), ""}, {resources(`"arn:aws:fdsasf"`), ""}, {resources(`"arn:aws:iam:::user/b"`), ""}, {resources(`"arn:aws:iam::111111111111:*"`), ""}, {resources(`"arn:*:ec2:*:*:volume/*"`), ""},
		{resources(`"arn:aws:s3:us-east-1:111111111111:accesspoint/a"`), ""}, {resources(`"arn:aws-cn:s3:::b/${aws:username}/*"`), ""}, {with(`"Action":"service-x.y:Name","Resource":"*"`), ""},
		{condition(`{}`), ""}, {condition(`{"a":{},"DateGreaterThan":{}}`), ""}, {condition(`{"DateGreaterThan":{"a":[]}}`), ""}, {condition(`{"ForAllValues:StringEquals":{"aws:TagKeys":"x"},"Bool":{"a":true}}`), ""}, {condition(`{"DateLessThan":{"a":["-292275054","2019-07-01T13:20:15Z","2016-12-13T21:20:37.593194+00:00"]}}`), ""},
	} {
		if got := fault(t, policy.IdentityPolicy, c.text, policy.Checks{}); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
	if got := fault(t, policy.SessionPolicy, `{"Statement":{`+ok+`}}`, policy.Checks{}); got != "" {
		t.Errorf("a session policy of the old version: %s", got)
	}
	if got := fault(t, policy.BoundaryPolicy, `{"Statement":{`+ok+`}}`, policy.Checks{}); got != version {
		t.Errorf("a boundary of the old version: %s", got)
	}
}

func TestValidateTrust(t *testing.T) {
	const act = `"Action":"sts:AssumeRole"`
	trust := func(principal string) string { return with(`"Principal":` + principal + `,` + act) }
	notSTS := "AssumeRole policy may only specify STS AssumeRole actions."
	exists := policy.Checks{Exists: func(kind policy.PrincipalType, text string) bool { return !strings.Contains(text, "gone") }}
	for _, c := range []struct{ text, want string }{
		{`{`, "This policy contains invalid Json"}, {`[]`, "This policy contains invalid Json"}, {`{"Version":"2020-01-01","Statement":[]}`, "The policy must contain a valid version string"},
		{`{"Version":"2012-10-17"}`, "Could not parse the policy: Statement is empty!"}, {`{"Statement":[]}`, "Could not parse the policy: Statement is empty!"},
		{doc(`"Principal":{"AWS":"*"},` + act), "Missing required field Effect"}, {doc(`"Effect":"Maybe","Principal":{"AWS":"*"},` + act), "Invalid effect: Maybe"},
		{with(act), "Missing required field Principal"}, {trust(`{}`), "Missing required field Principal cannot be empty!"}, {trust(`{"AWS":[]}`), "Missing required field Principal cannot be empty!"},
		{trust(`"*"`), `AssumeRolepolicy contained an invalid principal: "STAR":"*".`}, {trust(`["a"]`), "Invalid principal in policy"}, {trust(`{"CanonicalUser":"a"}`), `Invalid principal in policy: "CanonicalUser"`},
		{trust(`{"AWS":"bob"}`), `Invalid principal in policy: "AWS":"bob"`}, {trust(`{"AWS":"arn:aws:iam::111111111111:user/*"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/*"`}, {trust(`{"AWS":"arn:aws:iam::111111111111:group/g"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:group/g"`},
		{trust(`{"AWS":"arn:aws:iam::111111111111:role/gone"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:role/gone"`}, {trust(`{"Service":"gone.amazonaws.com"}`), `Invalid principal in policy: "SERVICE":"gone.amazonaws.com"`}, {trust(`{"Service":"ec2.example.com"}`), `Invalid principal in policy: "SERVICE":"ec2.example.com"`},
		{trust(`{"Federated":"arn:aws:iam::111111111111:saml-provider/gone"}`), `Invalid principal in policy: "FEDERATED":"arn:aws:iam::111111111111:saml-provider/gone"`}, {trust(`{"Federated":"arn:aws:iam//x"}`), "Federated principals must be valid domain names or SAML metadata ARNs"}, {trust(`{"Federated":"cognito-identity.amazonaws.com"}`), "A condition block must be present for the Cognito provider"},
		{with(`"NotPrincipal":{"AWS":"*"},` + act), "Allow with NotPrincipal is not allowed."}, {doc(`"Effect":"Deny","NotPrincipal":{"AWS":"*"},` + act), "AssumeRole policy must not contain NotPrincipal field."},
		{with(`"Principal":{"AWS":"*"}`), "Missing required field Action"}, {with(`"Principal":{"AWS":"*"},"Action":"*"`), notSTS}, {with(`"Principal":{"AWS":"*"},"Action":["sts:AssumeRole","s3:GetObject"]`), notSTS}, {with(`"Principal":{"AWS":"*"},"NotAction":"iam:x"`), notSTS},
		{with(`"Principal":{"AWS":"*"},` + act + `,"Resource":"*"`), "Has prohibited field Resource"}, {with(`"Principal":{"AWS":"*"},` + act + `,"NotResource":"*"`), "AssumeRole policy must not contain resources."},
		{doc(`"Sid":"a","Effect":"Allow","Principal":{"AWS":"*"},`+act, `"Sid":"a","Effect":"Allow","Principal":{"AWS":"*"},`+act), "The Statement Ids in the policy are not unique"},
		{with(`"Principal":{"AWS":"*"},"x":1,` + act), "Syntax errors in policy."}, {with(`"Principal":{"AWS":"*"},"Condition":{"Bool":{"a":"x"}},` + act), "Syntax errors in policy."}, {`{"Statement":["x"]}`, "Syntax errors in policy."},

		{trust(`{"AWS":"*"}`), ""}, {trust(`{"AWS":["111111111111","arn:aws:iam::111111111111:root","arn:aws:iam::111111111111:user/p/u","arn:aws:iam::111111111111:role/r","arn:aws:sts::111111111111:assumed-role/r/s","arn:aws:sts::111111111111:federated-user/f","AIDAALICE00000000001"],"Service":["ec2.amazonaws.com","lambda.amazonaws.com.cn"]}`), ""},
		{trust(`{"Federated":["accounts.google.com","arn:aws:iam::111111111111:saml-provider/corp","arn:aws:iam::111111111111:oidc-provider/idp.example.com/path"]}`), ""}, {`{"Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["sts:*","STS:TagSession"],"Condition":{"StringNotEquals":{"sts:ExternalId":"x"}}}}`, ""},
	} {
		if got := fault(t, policy.TrustPolicy, c.text, exists); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
	long := with(`"Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:` + strings.Repeat("x", 2048) + `"]`)
	if got := fault(t, policy.TrustPolicy, long, policy.Checks{}); got != "Cannot exceed quota for ACLSizePerRole: 2048" {
		t.Errorf("too long: %q", got)
	}
	if got := fault(t, policy.TrustPolicy, long, policy.Checks{MaxSize: 4096}); got != "" {
		t.Errorf("not too long: %q", got)
	}
}

func TestValidateResource(t *testing.T) {
	rule := func(elements string) string {
		return with(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",` + elements)
	}
	gone := policy.Checks{Exists: func(kind policy.PrincipalType, text string) bool { return kind != policy.PrincipalAWS }}
	for _, c := range []struct{ text, want string }{
		{`x`, "Policies must be valid JSON and the first byte must be '{'"}, {`{}`, "Missing required field Statement"}, {resources(`"*"`), "Missing required field Principal"}, {rule(`"Principal":"bob"`), "Invalid principal in policy"},
		{rule(`"Principal":{"AWS":"111111111111"}`), "Invalid principal in policy"}, {rule(`"NotPrincipal":"*"`), "Allow with NotPrincipal is not allowed."},
		{with(`"Principal":"*","Action":"GetObject","Resource":"*"`), "Policy has invalid action"}, {with(`"Principal":"*","Action":"s3:a","Resource":[]`), "Policy has invalid resource"},
		{rule(`"Principal":"*"`), ""}, {rule(`"Principal":{"AWS":"*","CanonicalUser":"79a5","Service":"sns.amazonaws.com"}`), ""}, {with(`"Principal":"*","Action":"ecr:GetX"`), ""}, {doc(`"Effect":"Deny","NotPrincipal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"`), ""},
	} {
		if got := fault(t, policy.ResourcePolicy, c.text, gone); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
	_, err := policy.Validate(policy.ResourcePolicy, []byte(rule(`"Principal":{"AWS":["*","111111111111"]}`)), gone)
	var v *policy.ValidationError
	if !errors.As(err, &v) || v.Principal != "111111111111" || v.Line != 1 || v.Column == 0 {
		t.Errorf("error %+v", v)
	}
}

func TestValidateControl(t *testing.T) {
	const refused = "The provided policy document does not meet the requirements of the specified policy type."
	rcp := func(elements string) string { return doc(`"Effect":"Deny","Principal":"*","Resource":"*",` + elements) }
	for _, c := range []struct {
		kind policy.Kind
		text string
		good bool
	}{
		{policy.ServiceControlPolicy, doc(ok), true}, {policy.ServiceControlPolicy, condition(`{"StringNotEquals":{"aws:RequestedRegion":["us-east-1"]}}`), true}, {policy.ServiceControlPolicy, with(`"NotAction":"iam:*","NotResource":"arn:aws:s3:::b"`), true},
		{policy.ServiceControlPolicy, `{`, false}, {policy.ServiceControlPolicy, `{"Statement":{` + ok + `}}`, false}, {policy.ServiceControlPolicy, doc(ok + `,"Principal":"*"`), false}, {policy.ServiceControlPolicy, with(`"Action":"s3:*"`), false}, {policy.ServiceControlPolicy, with(`"Resource":"*"`), false},
		{policy.ServiceControlPolicy, with(`"Action":"s3","Resource":"*"`), false}, {policy.ServiceControlPolicy, doc(ok+`,"Sid":"a"`, ok+`,"Sid":"a"`), false}, {policy.ServiceControlPolicy, condition(`{"Bool":{"a":"x"}}`), false},
		{policy.ResourceControlPolicy, rcp(`"Action":["s3:*","sts:AssumeRole"]`), true}, {policy.ResourceControlPolicy, rcp(`"Action":"*"`), false}, {policy.ResourceControlPolicy, rcp(`"NotAction":"s3:*"`), false}, {policy.ResourceControlPolicy, rcp(`"Action":"ec2:*"`), false},
		{policy.ResourceControlPolicy, doc(`"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"`), false}, {policy.ResourceControlPolicy, doc(`"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"`), false}, {policy.ResourceControlPolicy, doc(`"Effect":"Deny","Action":"s3:*","Resource":"*"`), false},
	} {
		want := refused
		if c.good {
			want = ""
		}
		if got := fault(t, c.kind, c.text, policy.Checks{}); got != want {
			t.Errorf("%s\n got %q", c.text, got)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int{"": 0, " \t\r\n": 0, `{ "a b" : 1 }`: 9, `"\" é "`: 7, `"\`: 2} {
		if got := policy.Size([]byte(text)); got != want {
			t.Errorf("Size(%q) = %d, want %d", text, got, want)
		}
	}
	if err := policy.CheckManagedSize([]byte(strings.Repeat("x \n", policy.ManagedPolicySize))); err != nil {
		t.Error(err)
	}
	err := policy.CheckManagedSize([]byte(strings.Repeat("x", policy.ManagedPolicySize+1)))
	var v *policy.ValidationError
	if !errors.As(err, &v) || v.Code != "LimitExceeded" || v.Message != "Cannot exceed quota for PolicySize: 6144" {
		t.Errorf("error %v", err)
	}
	if err := policy.InlineSizeExceeded("user", "bob", policy.UserInlineSize); !strings.Contains(err.Error(), "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user bob") {
		t.Errorf("error %v", err)
	}
}

func TestRewritePrincipals(t *testing.T) {
	const text = `{ "Statement": [
  {"Effect":"Allow", "Principal": {"AWS": ["arn:aws:iam::111111111111:user/dev/alice", "111111111111", "*", "arn:aws:sts::111111111111:assumed-role/R/s"], "Service":"ec2.amazonaws.com"},
   "Action":"sts:AssumeRole", "Condition":{"StringEquals":{"a":"arn:aws:iam::111111111111:user/dev/alice"}}},
  {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111111111111:role/R"},"Action":"sts:*"}]}`
	ids := map[string]string{"arn:aws:iam::111111111111:user/dev/alice": alice.ID, "arn:aws:iam::111111111111:role/R": session.ID}
	stored, err := policy.RewritePrincipals(text, func(arn string) (string, bool) { id, ok := ids[arn]; return id, ok })
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(text, `["arn:aws:iam::111111111111:user/dev/alice"`, `["`+alice.ID+`"`, 1)
	want = strings.Replace(want, `"AWS":"arn:aws:iam::111111111111:role/R"`, `"AWS":"`+session.ID+`"`, 1)
	if stored != want {
		t.Errorf("stored %s", stored)
	}
	if got := parse(t, stored).PrincipalIDs(); strings.Join(got, " ") != alice.ID+" "+session.ID {
		t.Errorf("IDs %q", got)
	}
	back, err := policy.RenderPrincipals(stored, func(id string) (string, bool) {
		for arn, known := range ids {
			if known == id {
				return arn, true
			}
		}
		return "", false
	})
	if err != nil || back != text {
		t.Errorf("rendered %s, %v", back, err)
	}
	gone, err := policy.RenderPrincipals(stored, func(string) (string, bool) { return "", false })
	if err != nil || gone != stored {
		t.Errorf("with the principals gone %s, %v", gone, err)
	}
	_, err = policy.RewritePrincipals(text, func(string) (string, bool) { return "", false })
	var v *policy.ValidationError
	if !errors.As(err, &v) || v.Message != `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/dev/alice"` || v.Line != 2 {
		t.Errorf("unknown principal: %+v", v)
	}
	if _, err := policy.RewritePrincipals("{", nil); err == nil {
		t.Error("broken text is rewritten")
	}
}

// A path may hold every printable character; the document must show the ARN as it is.
func TestRenderedPrincipalsAreNotEscaped(t *testing.T) {
	const stored = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"AIDACKCEVSQ6C2EXAMPLE"},"Action":"sts:AssumeRole"}]}`
	arn := "arn:aws:iam::111122223333:user/a&b<c>/dana"
	got, err := policy.RenderPrincipals(stored, func(string) (string, bool) { return arn, true })
	if err != nil || !strings.Contains(got, arn) {
		t.Errorf("got %s, %v", got, err)
	}
}
