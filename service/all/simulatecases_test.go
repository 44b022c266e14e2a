package all_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	iamapi "vauban/api/iam"
	"vauban/api/wire"
)

// Policies of the cases.
const (
	allowAll    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	allowS3     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	denyGet     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}`
	nothing     = `{"Version":"2012-10-17","Statement":[]}`
	fromOffice  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}]}`
	forOwnOnly  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}}]}`
	twoTags     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"Null":{"aws:TagKeys":"false"}}}]}`
	object      = "arn:aws:s3:::b/x"
	bob         = "arn:aws:iam::" + home + ":user/team/Bob"
	stranger    = "arn:aws:iam::" + elsewhere + ":user/eve"
	farQueue    = "arn:aws:sqs:us-east-1:" + elsewhere + ":q"
	ownQueue    = "arn:aws:sqs:us-east-1:" + home + ":q"
	ownKey      = "arn:aws:kms:us-east-1:" + home + ":key/1"
	accountRoot = "arn:aws:iam::" + home + ":root"
)

// grantsTo is a resource policy that allows the principal everything.
func grantsTo(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"*","Resource":"*"}]}`
}

func toAWS(arn string) string { return grantsTo(`{"AWS":"` + arn + `"}`) }

// simulated is one result in one line: the decision, what else it shows, and the policies that decided.
func simulated(r *iamapi.EvaluationResult) string {
	out := []string{*r.EvalDecision}
	if d := r.OrganizationsDecisionDetail; d != nil {
		out = append(out, fmt.Sprintf("organizations=%t", *d.AllowedByOrganizations))
	}
	if d := r.PermissionsBoundaryDecisionDetail; d != nil {
		out = append(out, fmt.Sprintf("boundary=%t", *d.AllowedByPermissionsBoundary))
	}
	for _, k := range slices.Sorted(maps.Keys(r.EvalDecisionDetails)) {
		out = append(out, strings.ReplaceAll(k, " ", "-")+"="+r.EvalDecisionDetails[k])
	}
	for _, s := range r.MatchedStatements {
		out = append(out, fmt.Sprintf("by=%s(%s)", *s.SourcePolicyId, *s.SourcePolicyType))
	}
	if len(r.MissingContextValues) > 0 {
		out = append(out, "missing="+strings.Join(r.MissingContextValues, ","))
	}
	return strings.Join(out, " ")
}

func entry(key, kind string, values ...string) iamapi.ContextEntry {
	return iamapi.ContextEntry{ContextKeyName: &key, ContextKeyType: &kind, ContextKeyValues: values}
}

// TestCustomSimulations: what every parameter of SimulateCustomPolicy does to the decision, alone and with others.
func TestCustomSimulations(t *testing.T) {
	w := newWorld(t)
	scps := func(levels ...string) (out []iamapi.OrderedOrganizationPolicyType) {
		for _, l := range levels {
			out = append(out, iamapi.OrderedOrganizationPolicyType{ServiceControlPolicyInputList: strings.Split(l, "|")})
		}
		return out
	}
	type in = iamapi.SimulateCustomPolicyInput
	own := []string{allowAll}
	tests := []struct {
		name, want string
		in         in
	}{
		{"nothing allows", "implicitDeny", in{PolicyInputList: []string{nothing}}},
		{"identity allows", "allowed by=PolicyInputList.1(IAM-Policy)", in{PolicyInputList: []string{allowS3}}},
		{"identity denies", "explicitDeny by=PolicyInputList.2(IAM-Policy)", in{PolicyInputList: []string{allowAll, denyGet}}},
		{"of two that allow both are named", "allowed by=PolicyInputList.1(IAM-Policy) by=PolicyInputList.2(IAM-Policy)", in{PolicyInputList: []string{allowAll, allowS3}}},

		{"boundary allows", "allowed boundary=true by=PolicyInputList.1(IAM-Policy)", in{PolicyInputList: own, PermissionsBoundaryPolicyInputList: []string{allowS3}}},
		{"boundary does not allow", "implicitDeny boundary=false", in{PolicyInputList: own, PermissionsBoundaryPolicyInputList: []string{nothing}}},
		{"boundary denies", "explicitDeny boundary=false by=PermissionsBoundaryPolicyInputList.1(IAM-Policy)",
			in{PolicyInputList: own, PermissionsBoundaryPolicyInputList: []string{denyGet}}},
		{"a boundary grants nothing", "implicitDeny boundary=true", in{PolicyInputList: []string{nothing}, PermissionsBoundaryPolicyInputList: []string{allowAll}}},

		{"each level allows", "allowed organizations=true by=PolicyInputList.1(IAM-Policy)", in{PolicyInputList: own, OrderedOrganizationPolicyInputList: scps(allowAll, allowS3)}},
		{"one of two at a level allows", "allowed organizations=true by=PolicyInputList.1(IAM-Policy)",
			in{PolicyInputList: own, OrderedOrganizationPolicyInputList: scps(nothing + "|" + allowS3)}},
		{"a level allows nothing", "implicitDeny organizations=false Service-Control-Policy-2=implicitDeny",
			in{PolicyInputList: own, OrderedOrganizationPolicyInputList: scps(allowAll, nothing, allowAll)}},
		{"a level denies",
			"explicitDeny organizations=false Service-Control-Policy-1=explicitDeny by=OrderedOrganizationPolicyInputList.1.ServiceControlPolicyInputList.1(Service-Control-Policy)",
			in{PolicyInputList: own, OrderedOrganizationPolicyInputList: scps(denyGet, allowAll)}},
		{"a level denies, another allows nothing",
			"explicitDeny organizations=false Service-Control-Policy-1=explicitDeny Service-Control-Policy-2=implicitDeny by=OrderedOrganizationPolicyInputList.1.ServiceControlPolicyInputList.1(Service-Control-Policy)",
			in{PolicyInputList: own, OrderedOrganizationPolicyInputList: scps(denyGet, nothing)}},
		{"levels grant nothing", "implicitDeny organizations=true", in{PolicyInputList: []string{nothing}, OrderedOrganizationPolicyInputList: scps(allowAll)}},
		{"all three", "allowed organizations=true boundary=true by=PolicyInputList.1(IAM-Policy)",
			in{PolicyInputList: own, PermissionsBoundaryPolicyInputList: []string{allowS3}, OrderedOrganizationPolicyInputList: scps(allowAll)}},

		{"resource policy grants the very user", "allowed boundary=false by=ResourcePolicy(Resource-Policy)", in{PolicyInputList: []string{nothing}, CallerArn: new(bob),
			PermissionsBoundaryPolicyInputList: []string{nothing}, ResourceArns: []string{ownQueue}, ResourcePolicy: new(toAWS(bob))}},
		{"resource policy grants the account", "implicitDeny", in{PolicyInputList: []string{nothing}, CallerArn: new(bob),
			ResourceArns: []string{ownQueue}, ResourcePolicy: new(toAWS(accountRoot))}},
		{"resource policy grants everybody", "allowed by=ResourcePolicy(Resource-Policy)", in{PolicyInputList: []string{nothing}, CallerArn: new(bob),
			ResourceArns: []string{ownQueue}, ResourcePolicy: new(grantsTo(`"*"`))}},
		{"resource policy grants somebody else", "implicitDeny", in{PolicyInputList: []string{nothing}, CallerArn: new(bob),
			ResourceArns: []string{ownQueue}, ResourcePolicy: new(toAWS(stranger))}},
		{"levels limit what a resource policy grants", "implicitDeny organizations=false Service-Control-Policy-1=implicitDeny", in{PolicyInputList: own, CallerArn: new(bob),
			ResourceArns: []string{ownQueue}, ResourcePolicy: new(toAWS(bob)), OrderedOrganizationPolicyInputList: scps(nothing)}},
		{"a key's policy must grant", "implicitDeny", in{PolicyInputList: own, CallerArn: new(bob), ResourceArns: []string{ownKey},
			ResourcePolicy: new(toAWS(stranger))}},
		{"a key's policy grants the account, the user's policy the rest", "allowed by=ResourcePolicy(Resource-Policy) by=PolicyInputList.1(IAM-Policy)",
			in{PolicyInputList: own, CallerArn: new(bob), ResourceArns: []string{ownKey}, ResourcePolicy: new(toAWS(accountRoot))}},

		{"across accounts, both grant", "allowed IAM-Policy=allowed Resource-Policy=allowed by=ResourcePolicy(Resource-Policy) by=PolicyInputList.1(IAM-Policy)",
			in{PolicyInputList: own, CallerArn: new(bob), ResourceArns: []string{farQueue}, ResourcePolicy: new(toAWS(bob))}},
		{"across accounts, only the resource grants", "implicitDeny IAM-Policy=implicitDeny Resource-Policy=allowed",
			in{PolicyInputList: []string{nothing}, CallerArn: new(bob), ResourceArns: []string{farQueue}, ResourcePolicy: new(toAWS(bob))}},
		{"across accounts, only the identity grants", "implicitDeny IAM-Policy=allowed Resource-Policy=implicitDeny",
			in{PolicyInputList: own, CallerArn: new(bob), ResourceArns: []string{farQueue}, ResourcePolicy: new(toAWS(stranger))}},
		{"a stranger at a resource of ours", "allowed IAM-Policy=allowed Resource-Policy=allowed by=ResourcePolicy(Resource-Policy) by=PolicyInputList.1(IAM-Policy)",
			in{PolicyInputList: own, CallerArn: new(stranger), ResourceArns: []string{ownQueue}, ResourcePolicy: new(toAWS(stranger))}},
		{"a bucket is the owner's whom the request names", "implicitDeny IAM-Policy=implicitDeny Resource-Policy=allowed", in{PolicyInputList: []string{nothing},
			CallerArn: new(bob), ResourceArns: []string{object}, ResourceOwner: new("arn:aws:iam::" + elsewhere + ":root"), ResourcePolicy: new(toAWS(bob))}},
		{"a bucket is else the caller's", "allowed by=ResourcePolicy(Resource-Policy)", in{PolicyInputList: []string{nothing},
			CallerArn: new(bob), ResourceArns: []string{object}, ResourcePolicy: new(toAWS(bob))}},
		{"the owner is a key", "implicitDeny", in{PolicyInputList: []string{forOwnOnly}, CallerArn: new(bob), ResourceArns: []string{object},
			ResourceOwner: new("arn:aws:iam::" + elsewhere + ":root")}},
		{"the owner is a key, and the caller's account", "allowed by=PolicyInputList.1(IAM-Policy)", in{PolicyInputList: []string{forOwnOnly}, CallerArn: new(bob), ResourceArns: []string{object}}},

		{"a key that is missing", "implicitDeny missing=aws:SourceIp", in{PolicyInputList: []string{fromOffice}}},
		{"a key that is given", "allowed by=PolicyInputList.1(IAM-Policy)", in{PolicyInputList: []string{fromOffice}, ContextEntries: []iamapi.ContextEntry{entry("aws:sourceip", "ip", "192.0.2.7")}}},
		{"a key that is given and differs", "implicitDeny", in{PolicyInputList: []string{fromOffice}, ContextEntries: []iamapi.ContextEntry{entry("aws:SourceIp", "ip", "198.51.100.7")}}},
		{"a set", "allowed by=PolicyInputList.1(IAM-Policy)", in{PolicyInputList: []string{twoTags}, ContextEntries: []iamapi.ContextEntry{entry("aws:TagKeys", "stringList", "a", "b")}}},
		{"a set with one too many", "implicitDeny", in{PolicyInputList: []string{twoTags}, ContextEntries: []iamapi.ContextEntry{entry("aws:TagKeys", "stringList", "a", "c")}}},
		{"a key of a level is missing", "implicitDeny organizations=false Service-Control-Policy-1=implicitDeny missing=aws:SourceIp",
			in{PolicyInputList: own, OrderedOrganizationPolicyInputList: scps(fromOffice)}},
		{"given entries go before what is known", "implicitDeny", in{PolicyInputList: []string{forOwnOnly}, CallerArn: new(bob), ResourceArns: []string{object},
			ContextEntries: []iamapi.ContextEntry{entry("aws:PrincipalAccount", "string", elsewhere)}}},
	}
	row := w.row("SimulateCustomPolicy")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.ActionNames = []string{"s3:GetObject"}
			out, err := w.perform(row, &tt.in, true)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(simulated(&out.(*iamapi.SimulateCustomPolicyOutput).EvaluationResults[0]), " Policy)", "-Policy)")
			got = strings.ReplaceAll(got, "Service Control", "Service-Control")
			if got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestSimulationsRefuse: what cannot be simulated is refused in AWS's words.
func TestSimulationsRefuse(t *testing.T) {
	w := newWorld(t)
	row := w.row("SimulateCustomPolicy")
	type in = iamapi.SimulateCustomPolicyInput
	get, own := []string{"s3:GetObject"}, []string{allowAll}
	for want, bad := range map[string]in{
		"The action is invalid since it is missing names":                                             {ActionNames: []string{"GetObject"}, PolicyInputList: own},
		"Syntax errors in policy.":                                                                    {ActionNames: get, PolicyInputList: []string{"{"}},
		"ResourceNames are not in a valid ARN format: b.":                                             {ActionNames: get, PolicyInputList: own, ResourceArns: []string{"b"}},
		"'" + home + "' is not a valid as a Resource Owner.":                                          {ActionNames: get, PolicyInputList: own, ResourceArns: []string{object}, ResourceOwner: new(home)},
		"Invalid caller - Caller cannot be null or empty.":                                            {ActionNames: get, PolicyInputList: own, ResourceArns: []string{object}, ResourcePolicy: new(toAWS(bob))},
		"Invalid Entity Arn: * does not clearly define entity type and name.":                         {ActionNames: get, PolicyInputList: own, CallerArn: new(bob), ResourcePolicy: new(toAWS(bob))},
		"Invalid caller - Caller must be an IAM user, role or group in this context.":                 {ActionNames: get, PolicyInputList: own, CallerArn: new(accountRoot)},
		"The list of Permissions Boundary policies cannot exceed 1 items.":                            {ActionNames: get, PolicyInputList: own, PermissionsBoundaryPolicyInputList: []string{allowAll, allowAll}},
		"Organization policy at index 1 must contain at least one service control policy":             {ActionNames: get, PolicyInputList: own, OrderedOrganizationPolicyInputList: make([]iamapi.OrderedOrganizationPolicyType, 1)},
		"Invalid value for context key aws:SourceIp of type ip: here":                                 {ActionNames: get, PolicyInputList: own, ContextEntries: []iamapi.ContextEntry{entry("aws:SourceIp", "ip", "here")}},
		"Context key aws:SourceIp of type ip needs exactly one value.":                                {ActionNames: get, PolicyInputList: own, ContextEntries: []iamapi.ContextEntry{entry("aws:SourceIp", "ip")}},
		"ResourceHandlingOption is not supported: simulate each resource of the call by its own ARN.": {ActionNames: get, PolicyInputList: own, ResourceHandlingOption: new("EC2-VPC-InstanceStore")},
	} {
		_, err := w.perform(row, &bad, true)
		var e *wire.Error
		if !errors.As(err, &e) || e.Shape.Code != "InvalidInput" || e.Message != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
