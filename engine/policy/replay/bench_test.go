package replay

import (
	"testing"
	"time"

	"vauban/engine/policy"
)

// evidence is a record as the gateway writes it: a role session in a member account, three levels of SCPs.
const evidence = `{"principal":{"kind":"RoleSession","arn":"arn:aws:sts::111122223333:assumed-role/deployer/ci-4711","id":"AROAABCDEFGHIJKLMNOP:ci-4711","account":"111122223333","uid":"AROAABCDEFGHIJKLMNOP","role":"arn:aws:iam::111122223333:role/ci/deployer","policies":["own#DIGEST0","arn:aws:iam::111122223333:policy/deploy@v3#DIGEST1"],"boundary":"arn:aws:iam::111122223333:policy/edge@v1#DIGEST2"},` +
	`"scps":[{"level":"r-ab12","policies":["arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess#DIGEST3"]},{"level":"ou-ab12-11111111","policies":["arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess#DIGEST3","arn:aws:organizations::999988887777:policy/o-1/service_control_policy/p-guard#DIGEST4"]},{"level":"111122223333","policies":["arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess#DIGEST3"]}],` +
	`"context":{"aws:SecureTransport":"true","aws:RequestedRegion":"us-east-1","aws:SourceIp":"192.0.2.10","aws:UserAgent":"aws-cli/2.15.0 md/awscrt#0.19.19 ua/2.0 os/linux#6.1","aws:PrincipalIsAWSService":"false","aws:ViaAWSService":"false","aws:PrincipalType":"AssumedRole","aws:userid":"AROAABCDEFGHIJKLMNOP:ci-4711","aws:PrincipalAccount":"111122223333","aws:PrincipalArn":"arn:aws:iam::111122223333:role/ci/deployer","aws:PrincipalTag/team":"red","aws:MultiFactorAuthPresent":"false","aws:TokenIssueTime":"2026-01-02T03:04:05Z","aws:PrincipalOrgID":"o-abcdefghij","aws:PrincipalOrgPaths":["o-abcdefghij/r-ab12/ou-ab12-11111111/"]},` +
	`"questions":[{"action":"iam:CreateUser","resource":"arn:aws:iam::111122223333:user/dana","resourceAccount":"111122223333","context":{"aws:RequestTag/team":["red"],"aws:TagKeys":["team"]},"ownerOrg":"o-abcdefghij","ownerPath":"o-abcdefghij/r-ab12/ou-ab12-11111111/","decision":"allowed","decidedBy":[{"layer":"identity","policy":"own","statement":0,"line":1,"column":41},{"layer":"boundary","policy":"arn:aws:iam::111122223333:policy/edge","statement":0,"line":1,"column":41}]}]}`

// all has one text for all digests but those it lacks.
type all struct {
	doc  *policy.Document
	lack map[string]bool
}

func (a all) Document(_ *Call, c Cite) *policy.Document {
	if a.lack[c.Digest()] {
		return nil
	}
	return a.doc
}

// BenchmarkReplay is one record after another: decode it, ask again. A million a minute is 60 µs for each.
func BenchmarkReplay(b *testing.B) {
	grant, err := policy.Parse([]byte(grantAll))
	if err != nil {
		b.Fatal(err)
	}
	deny, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:Create*","cloudtrail:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"blue"}}}]}`))
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name string
		lack map[string]bool
	}{{"texts known", nil}, {"two texts lost", map[string]bool{"DIGEST0": true, "DIGEST2": true}}} {
		b.Run(test.name, func(b *testing.B) {
			r := New(Proposal{Layer: policy.LayerSCP, Level: "ou-ab12-11111111", Policy: policy.Named{Name: "proposed", Document: deny},
				Affects: func(*Call, *Question) bool { return true }}, all{grant, test.lack})
			at := time.Unix(1_767_323_045, 0)
			b.ReportAllocs()
			for b.Loop() {
				c, err := Decode([]byte(evidence), at)
				if err != nil {
					b.Fatal(err)
				}
				if o, ok := r.Call(c); !ok || !o.Told || o.After != policy.ExplicitDeny {
					b.Fatalf("%+v", o)
				}
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(evidence))
	f.Add([]byte(`{"principal":{"kind":"Root"},"context":{},"questions":[{"kind":"RoleTrust","decision":"explicitDeny"}]}`))
	grant, err := policy.Parse([]byte(grantAll))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Decode(text, time.Unix(0, 0))
		if err != nil {
			return
		}
		if len(c.Questions) > 100 || len(c.scps) > 100 {
			return
		}
		r := New(Proposal{Layer: policy.LayerIdentity, Policy: policy.Named{Name: "p", Document: grant}, Affects: func(*Call, *Question) bool { return true }},
			all{grant, map[string]bool{"DIGEST0": true}})
		if o, _ := r.Call(c); !o.Told && len(o.Why) == 0 {
			t.Errorf("not told, and no reason: %s", text)
		}
	})
}
