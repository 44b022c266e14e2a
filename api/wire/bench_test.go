package wire_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"testing"
	"time"

	"vauban/api/cloudtrail"
	"vauban/api/iam"
	"vauban/api/wire"
)

func ptr[T any](v T) *T { return &v }

var createRole = []byte("Action=CreateRole&Version=2010-05-08&RoleName=deployer&Path=%2Fteams%2Fa%2F&Description=Deploys+things&MaxSessionDuration=3600" +
	"&AssumeRolePolicyDocument=" + url.QueryEscape(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}`) +
	"&Tags.member.1.Key=team&Tags.member.1.Value=a&Tags.member.2.Key=env&Tags.member.2.Value=prod")

// BenchmarkDecodeCreateRole reads 0.7 kB of parameters; the peer in the same run is net/url alone, which only splits them.
func BenchmarkDecodeCreateRole(b *testing.B) {
	r := &wire.Request{Method: "POST", Body: createRole}
	b.Run("wire", func(b *testing.B) {
		b.SetBytes(int64(len(createRole)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := wire.Decode(wire.AWSQuery, iam.OpCreateRole, r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("peer=net/url", func(b *testing.B) {
		b.SetBytes(int64(len(createRole)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := url.ParseQuery(string(createRole)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkValidateCreateRole(b *testing.B) {
	in, err := wire.Decode(wire.AWSQuery, iam.OpCreateRole, &wire.Request{Method: "POST", Body: createRole})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := wire.Validate(wire.AWSQuery, iam.OpCreateRole, in); err != nil {
			b.Fatal(err)
		}
	}
}

func roles(n int) *iam.ListRolesOutput {
	out := &iam.ListRolesOutput{IsTruncated: ptr(false)}
	at := time.Date(2026, 11, 24, 3, 16, 53, 0, time.UTC)
	policy := url.QueryEscape(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	for i := range n {
		out.Roles = append(out.Roles, iam.Role{
			RoleName: ptr(fmt.Sprintf("role-%d", i)), RoleId: ptr("AROAEXAMPLEEXAMPLE123"), Path: ptr("/"), Arn: ptr(fmt.Sprintf("arn:aws:iam::123456789012:role/role-%d", i)),
			CreateDate: &at, MaxSessionDuration: ptr(int64(3600)), AssumeRolePolicyDocument: &policy,
		})
	}
	return out
}

// BenchmarkEncodeListRoles writes 100 roles; the peer is encoding/xml over the same struct.
func BenchmarkEncodeListRoles(b *testing.B) {
	out := roles(100)
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := wire.Encode(wire.AWSQuery, iam.OpListRoles, out, "id")
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(resp.Body)))
		}
	})
	b.Run("wire into a reused buffer", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			var err error
			if buf, err = wire.AppendBody(buf[:0], wire.AWSQuery, iam.OpListRoles, out, "id"); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(buf)))
		}
	})
	b.Run("peer=encoding/xml", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text, err := xml.Marshal(out)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
		}
	})
}

// events is an answer of LookupEvents: JSON in strings, which is all escapes.
func events(n int) *cloudtrail.LookupEventsOutput {
	out := &cloudtrail.LookupEventsOutput{}
	at := time.Date(2026, 11, 24, 3, 16, 53, 0, time.UTC)
	for i := range n {
		out.Events = append(out.Events, cloudtrail.Event{
			EventId: ptr(fmt.Sprint("e", i)), EventName: ptr("CreateUser"), EventSource: ptr("iam.amazonaws.com"), EventTime: &at, Username: ptr("alice"), ReadOnly: ptr("false"),
			CloudTrailEvent: ptr(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice"},"requestParameters":{"userName":"bob"}}`),
		})
	}
	return out
}

// BenchmarkJSON reads and writes about 3 kB; the peer is encoding/json with the same Go types.
func BenchmarkJSON(b *testing.B) {
	out := events(10)
	body, err := wire.AppendBody(nil, wire.AWSJSON11, cloudtrail.OpLookupEvents, out, "id")
	if err != nil {
		b.Fatal(err)
	}
	// The answer's type as an input: the runtime does not care which side a struct is on.
	op := wireOperation(cloudtrail.OpLookupEvents)
	b.Run("decode/wire", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := wire.Decode(wire.AWSJSON11, op, &wire.Request{Body: body}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode/peer=encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var to struct{ Events []map[string]any }
			if err := json.Unmarshal(body, &to); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode/wire", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			if buf, err = wire.AppendBody(buf[:0], wire.AWSJSON11, cloudtrail.OpLookupEvents, out, "id"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode/peer=encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(out); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// wireOperation is an operation of CloudTrail that takes what LookupEvents answers.
func wireOperation(from *wire.Operation) *wire.Operation {
	return wire.NewService(&wire.Service{Name: "bench", Shapes: cloudtrail.API.Shapes, Operations: []*wire.Operation{{
		Name: "Take", Input: from.Output, Output: from.Output,
	}}}).Operations[0]
}

func BenchmarkRecord(b *testing.B) {
	in, err := wire.Decode(wire.AWSQuery, iam.OpCreateRole, &wire.Request{Method: "POST", Body: createRole})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = wire.AppendRecord(buf[:0], iam.OpCreateRole, in)
	}
}
