package cases_test

import (
	"strings"

	"pgregory.net/rapid"
)

// A small world in which much meets: few principals, actions, resources, keys and values, and patterns that match about half of them.

var worldPrincipals = []string{
	"arn:aws:iam::111122223333:user/dev/dana",
	"arn:aws:iam::111122223333:user/Eve",
	"arn:aws:iam::111122223333:root",
	"111122223333",
	"arn:aws:sts::111122223333:assumed-role/R/s1",
	"arn:aws:sts::111122223333:assumed-role/R/s1",
	"arn:aws:iam::111122223333:role/app/R",
	"arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s",
	"arn:aws:sts::111122223333:federated-user/fay",
	"arn:aws:iam::444455556666:user/dana",
	"arn:aws:sts::444455556666:assumed-role/R/s1",
	"cloudtrail.amazonaws.com",
	"", // anonymous
}

// What policies say of principals.
var worldNames = []string{
	"*", "111122223333", "arn:aws:iam::111122223333:root", "444455556666", "arn:aws:iam::444455556666:root",
	"arn:aws:iam::111122223333:user/dev/dana", "arn:aws:iam::111122223333:user/Eve", "arn:aws:iam::111122223333:role/app/R",
	"arn:aws:iam::111122223333:role/R", "arn:aws:sts::111122223333:assumed-role/R/s1", "arn:aws:sts::111122223333:federated-user/fay",
	"arn:aws:iam::444455556666:user/dana", "arn:aws:iam::444455556666:role/R", "AROAEXAMPLEROLE000001", "AIDAEXAMPLEUSER000001",
}

type worldAction struct {
	action    string
	resources []string
}

var worldActions = []worldAction{
	{"s3:GetObject", []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/dana/x:y", "arn:aws:s3:::b-blue/*"}},
	{"s3:PutObject", []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/aaaaaaaaaaaaaaaaaaaaab"}},
	{"s3:getobject", []string{"arn:aws:s3:::b/k"}},
	{"s3:ListAllMyBuckets", []string{"*"}},
	{"s3:DeleteBucketPolicy", []string{"arn:aws:s3:::b"}},
	{"sqs:SendMessage", []string{"arn:aws:sqs:us-east-1:111122223333:q", "arn:aws:sqs:eu-west-1:444455556666:q2"}},
	{"kms:Decrypt", []string{"arn:aws:kms:us-east-1:111122223333:key/1", "arn:aws:kms:us-east-1:444455556666:key/1"}},
	{"kms:RetireGrant", []string{"arn:aws:kms:us-east-1:111122223333:key/1"}},
	{"sts:AssumeRole", []string{"arn:aws:iam::111122223333:role/app/R", "arn:aws:iam::444455556666:role/T"}},
	{"sts:TagSession", []string{"arn:aws:iam::111122223333:role/app/R"}},
	{"sts:GetCallerIdentity", []string{"*"}},
	{"ec2:RunInstances", []string{"arn:aws:ec2:us-east-1:111122223333:instance/*"}},
	{"ec2:DescribeInstances", []string{"*"}},
}

var worldActionPatterns = []string{
	"*", "*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:*Object", "s3:*e*t*", "sqs:*", "sqs:Send*", "kms:*", "KMS:Decrypt", "sts:*", "sts:AssumeRole*",
	"sts:TagSession", "ec2:*", "ec2:Run?nstances", "s3*:GetObject", "s3:List*", "iam:*",
}

var worldResourcePatterns = []string{
	"*", "*", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::B/k", "arn:aws:s3:::?/*", "arn:*:s3:::*", "arn:aws:s3:*", "arn:aws:s3:::b/*a*a*a*a*a*b",
	"arn:aws:s3:::b/*a*a*a*a*a*c", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b-${aws:PrincipalTag/team, 'blue'}/*", "arn:aws:s3:::b/${aws:TagKeys}",
	"arn:aws:s3:::b-blue/${*}", "arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:sqs:*:111122223333:*", "arn:aws:sqs:us-east-?:*:q*",
	"arn:aws:sqs:${aws:RequestedRegion}:111122223333:q", "arn:aws:kms:*:*:key/*", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/app/R",
	"arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:111122223333:instance/i-?", "arn:aws:*:*:*:*", "**", "?",
	"arn:aws:s*b/k", "arn:aws:s?s:us-*1:1111*2222*:q", "arn:aws:s?s*:*q", "arn:aws:s*3:::b/*", "arn:**:k", "arn:aws:*s:*1:*", "arn:aws:s3?::b/k", "arn*", "arn:aws:s3**x:*",
}

// Keys, and what requests and policies say of them. The key is written in several ways.
type worldKey struct {
	key      string
	families string // of operators that make sense
	seen     []string
	want     []string
}

var worldKeys = []worldKey{
	{"aws:PrincipalTag/team", "String Bool", []string{"blue", "Red", "b*", "true"}, []string{"blue", "red", "b*", "?lue", "${aws:RequestTag/team}", "${aws:username}", "${*}", "b${*}", "x${aws:RequestTag/x, 'y'}", "true"}},
	{"aws:RequestTag/team", "String", []string{"blue", "red", "dana"}, []string{"blue", "BLUE", "${aws:PrincipalTag/TEAM}", "${aws:PrincipalTag/team, 'red'}", "${aws:username}", "*"}},
	{"aws:TagKeys", "String Null", []string{"a", "b", "c"}, []string{"a", "b", "?", "A"}},
	{"aws:PrincipalArn", "String Arn", nil, []string{"arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:role/app/R", "arn:*:iam::1111*:r*", "arn:aws:iam::111122223333:user/dev/${aws:username}", "*"}},
	{"aws:SourceArn", "Arn String", []string{"arn:aws:sns:us-east-1:111122223333:t", "arn:aws:s3:::b:c", "nonsense", "arn:aws:sns"}, []string{"arn:aws:sns:*:111122223333:*", "arn:aws:sns:us-east-1:*", "arn:aws:s3:::b*", "arn:aws:s3:::*:c", "arn:*:*:*:*:*", "arn:aws:sns:us-*-1:${aws:PrincipalAccount}:?", "*", "ARN:aws:sns:*:*:*"}},
	{"aws:MultiFactorAuthPresent", "Bool Null", []string{"true", "false", "TRUE", "yes"}, []string{"true", "false", "True"}},
	{"aws:MultiFactorAuthAge", "Numeric", []string{"10", "10.0", "-1", "3600", "9007199254740993", "x"}, []string{"10", "10.00", "0", "-1.5", "3600", "9007199254740992", "9007199254740993"}},
	{"aws:CurrentTime", "Date", []string{"2024-05-01T12:00:00Z", "1714564800", "2024-05-01", "2024-05-01T14:00+02:00", "then"}, []string{"2024-05-01T12:00:00Z", "1714564800", "2024-05-01", "2024-05-01T13:00:00+01:00", "2024-05-01T12:00:00.5Z", "2024-05-01T12:00Z", "1714564801"}},
	{"aws:SourceIp", "IpAddress", []string{"10.1.2.3", "192.0.2.7", "2001:db8::1", "2001:DB8:0::0001", "here"}, []string{"10.0.0.0/8", "10.1.2.3", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "2001:db8::1", "10.1.2.99/8", "10.1.2.3/32"}},
	{"x:Blob", "Binary", []string{"aGk=", "aGo=", "!"}, []string{"aGk=", "aGo="}},
	{"aws:PrincipalIsAWSService", "Bool", nil, []string{"true", "false"}},
	{"aws:PrincipalAccount", "String Numeric Null", nil, []string{"111122223333", "4444*", "${aws:ResourceAccount}"}},
	{"aws:username", "String Null", nil, []string{"dana", "D*", "${aws:PrincipalTag/team}"}},
	{"aws:PrincipalType", "String", nil, []string{"User", "AssumedRole", "account"}},
}

var worldOperators = map[string][]string{
	"String":    {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
	"Arn":       {"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"},
	"Numeric":   {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
	"Date":      {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
	"Bool":      {"Bool"},
	"Binary":    {"BinaryEquals"},
	"IpAddress": {"IpAddress", "NotIpAddress"},
}

// world draws a question.
type world struct{ t *rapid.T }

func (w world) chance(percent int, what string) bool {
	return rapid.IntRange(0, 99).Draw(w.t, what) < percent
}

func pick[T any](w world, from []T, what string) T { return rapid.SampledFrom(from).Draw(w.t, what) }

func (w world) question() object {
	act := pick(w, worldActions, "action")
	r := object{"action": act.action, "resource": pick(w, act.resources, "resource")}
	switch name := pick(w, worldPrincipals, "principal"); {
	case name == "":
		r["principal"] = object{"type": "Anonymous"}
	case act.action == "sts:AssumeRole" && w.chance(30, "federated"):
		w.federated(r)
	default:
		r["principal"] = name
	}
	if w.chance(50, "account") {
		r["resourceAccount"] = pick(w, []string{"111122223333", "111122223333", "444455556666"}, "resourceAccount")
	}
	r["context"] = w.context(text(r["principal"]))
	q := object{"id": "q", "request": r}
	trust := strings.Contains(text(r["resource"]), ":role/")
	if w.chance(85, "identity") {
		q["identityPolicies"] = w.policies("i", 2, shape{full: 30})
	}
	if w.chance(30, "boundary") {
		q["permissionBoundaries"] = w.policies("b", 2, shape{full: 30})
	}
	if w.chance(30, "session") {
		q["sessionPolicy"] = w.document(shape{full: 30})
	}
	if w.chance(75, "resource policy") {
		q["resourcePolicy"] = w.document(shape{principal: true, noResource: trust, full: 20})
	}
	if w.chance(25, "endpoint") {
		q["endpointPolicies"] = w.policies("e", 2, shape{principal: true, full: 30})
	}
	if w.chance(30, "scps") {
		q["scps"] = w.levels("s", shape{full: 70})
	}
	if w.chance(25, "rcps") {
		q["rcps"] = w.levels("r", shape{everybody: true, effect: "Deny"})
	}
	return q
}

func (w world) federated(r object) {
	if w.chance(50, "saml") {
		r["action"], r["principal"] = "sts:AssumeRoleWithSAML", "arn:aws:iam::111122223333:saml-provider/corp"
		return
	}
	r["action"], r["principal"] = "sts:AssumeRoleWithWebIdentity", pick(w, []string{"accounts.google.com", "arn:aws:iam::111122223333:oidc-provider/idp.example"}, "provider")
}

func (w world) context(principal string) object {
	out := object{}
	for _, k := range worldKeys {
		if k.seen == nil || !w.chance(55, "given") {
			continue
		}
		if many := w.chance(8, "many"); many || k.key == "aws:TagKeys" {
			out[w.spell(k.key)] = rapid.SliceOfNDistinct(rapid.SampledFrom(k.seen), 0, 3, rapid.ID).Draw(w.t, k.key)
			continue
		}
		out[w.spell(k.key)] = pick(w, k.seen, k.key)
	}
	switch {
	case strings.HasSuffix(principal, "AWSServiceRoleForX/s"):
		out["aws:PrincipalArn"] = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
	case strings.Contains(principal, ":assumed-role/") && w.chance(60, "path"):
		out[w.spell("aws:PrincipalArn")] = strings.Replace(strings.Replace(principal, ":sts:", ":iam:", 1), "assumed-role/R/s1", "role/app/R", 1)
	}
	if w.chance(30, "userid") {
		if strings.Contains(principal, "role/") {
			out["aws:userid"] = "AROAEXAMPLEROLE000001:s1"
		} else if strings.Contains(principal, ":user/") {
			out["aws:userid"] = "AIDAEXAMPLEUSER000001"
		}
	}
	return out
}

// spell writes a key in another case now and then.
func (w world) spell(key string) string {
	switch rapid.IntRange(0, 5).Draw(w.t, "case") {
	case 0:
		return strings.ToUpper(key)
	case 1:
		return strings.ToLower(key)
	}
	return key
}
