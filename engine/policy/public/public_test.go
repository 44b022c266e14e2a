package public

import (
	"fmt"
	"testing"

	"vauban/engine/policy"
)

func TestIs(t *testing.T) {
	for _, c := range []struct {
		name, principal, condition string
		public                     bool
	}{
		{"everybody", `"*"`, ``, true},
		{"everybody, as AWS", `{"AWS":"*"}`, ``, true},
		{"everybody beside somebody", `{"AWS":["111122223333","*"]}`, ``, true},
		{"an account", `{"AWS":"111122223333"}`, ``, false},
		{"a service", `{"Service":"logging.s3.amazonaws.com"}`, ``, false},
		{"a fixed network", `"*"`, `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, false},
		{"a network of /8", `"*"`, `"IpAddress":{"aws:SourceIp":"11.0.0.0/8"}`, false},
		{"a broad network", `"*"`, `"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}`, true},
		{"one broad network of two", `"*"`, `"IpAddress":{"aws:SourceIp":["192.0.2.0/24","0.0.0.0/0"]}`, true},
		{"a broad network of IPv6", `"*"`, `"IpAddress":{"aws:SourceIp":"2000::/3"}`, true},
		{"a network that is not meant", `"*"`, `"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, true},
		{"a fixed VPC", `"*"`, `"StringEquals":{"aws:SourceVpc":"vpc-91237329"}`, false},
		{"a pattern of VPCs", `"*"`, `"StringLike":{"aws:SourceVpc":"vpc-*"}`, true},
		{"a VPC, when there is one", `"*"`, `"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}`, true},
		{"all values of a set that may be empty", `"*"`, `"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-a/r-b/"}`, true},
		{"any value of a set", `"*"`, `"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-a/r-b/"}`, false},
		{"an organization", `"*"`, `"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}`, false},
		{"a variable", `"*"`, `"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}`, true},
		{"a role session of any name", `"*"`, `"StringLike":{"aws:userid":"AROAEXAMPLE:*"}`, true},
		{"a user by the ID", `"*"`, `"StringEquals":{"aws:userid":"AIDAEXAMPLE"}`, false},
		{"access points of one account", `"*"`, `"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:111122223333:accesspoint/*"}`, false},
		{"access points of any account", `"*"`, `"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:*:accesspoint/*"}`, true},
		{"a key of the caller's choice", `"*"`, `"StringEquals":{"aws:UserAgent":"me"}`, true},
		{"one condition of two", `"*"`, `"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceAccount":"111122223333"}`, false},
		{"no values", `"*"`, `"StringEquals":{"aws:SourceAccount":[]}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":%s,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{%s}}}`,
				c.principal, c.condition)
			d, err := policy.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got := Is(d); got != c.public {
				t.Errorf("public: %v, want %v", got, c.public)
			}
		})
	}
}

func TestOneStatementTaintsThePolicy(t *testing.T) {
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"},
		{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := Statements(d); len(got) != 1 || got[0] != 2 {
		t.Errorf("public statements: %v, want [2]", got)
	}
}
