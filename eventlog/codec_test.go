package eventlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func drawEntry(t *rapid.T) *Entry {
	text := rapid.String()
	e := &Entry{
		ID: "id-" + rapid.StringN(0, 40, 100).Draw(t, "id"), Time: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC(),
		Account: "a" + text.Draw(t, "account"), Region: text.Draw(t, "region"), Data: rapid.Bool().Draw(t, "data"),
		Name: text.Draw(t, "name"), Source: text.Draw(t, "source"), User: text.Draw(t, "user"), AccessKeyID: text.Draw(t, "key"),
		ReadOnly: rapid.Bool().Draw(t, "read-only"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "resources") {
		e.Resources = append(e.Resources, Resource{Type: text.Draw(t, "type"), Name: text.Draw(t, "resource")})
	}
	if rapid.Bool().Draw(t, "record") {
		e.Record = json.RawMessage(rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "record"))
	}
	if rapid.Bool().Draw(t, "authz") {
		e.Authz = json.RawMessage(rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "authz"))
	}
	return e
}

func TestEntryRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := drawEntry(rt)
		ev, err := encode(want)
		if err != nil {
			rt.Fatal(err)
		}
		if cap(ev.Body) > len(ev.Body)+2*10 {
			rt.Fatalf("the body was not measured right: %d of %d bytes used", len(ev.Body), cap(ev.Body))
		}
		ev.Seq, want.Seq = 7, 7
		got, err := decode(&ev)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	good := func() *Entry { return &Entry{ID: "x", Time: time.Unix(1, 0), Account: "1"} }
	for name, change := range map[string]func(*Entry){
		"no ID":      func(e *Entry) { e.ID = "" },
		"long ID":    func(e *Entry) { e.ID = strings.Repeat("x", 200) },
		"no time":    func(e *Entry) { e.Time = time.Time{} },
		"no account": func(e *Entry) { e.Account = "" },
		"too large":  func(e *Entry) { e.Record = make([]byte, MaxEntry) },
	} {
		e := good()
		change(e)
		if _, err := encode(e); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v, want ErrEntry", name, err)
		}
	}
	if _, err := encode(good()); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	ev, err := encode(sample(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ev.Body)
	f.Add([]byte{bodyFormat, 3, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{bodyFormat, 0, 6, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		ev := ev
		ev.Body = body
		e, err := decode(&ev)
		if err != nil {
			if !errors.Is(err, ErrDecode) {
				t.Fatal(err)
			}
			return
		}
		if len(e.Record)+len(e.Authz) > len(body) {
			t.Fatal("more was read than there is")
		}
		if e.Account == "" {
			return
		}
		again, err := encode(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode(&again)
		if diff := cmp.Diff(e, back, cmpopts.IgnoreFields(Entry{}, "Seq")); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func FuzzPosition(f *testing.F) {
	f.Add("20000.17")
	f.Add("-1.9223372036854775807")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePosition(s)
		if err == nil && s != "" && p.String() != s {
			t.Fatalf("%q reads as %q", s, p.String())
		}
	})
}

// sample is an entry like those of real calls: a record of about 1.5 kB.
func sample(n int) *Entry {
	sum := sha256.Sum256([]byte(strconv.Itoa(n)))
	request, event := uuid(sum[:16]), uuid(sum[16:])
	user := fmt.Sprintf("user-%d", n%50)
	record := fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA%016d","arn":"arn:aws:iam::123456789012:user/%s","accountId":"123456789012",`+
		`"accessKeyId":"AKIA%016d","userName":"%s"},"eventTime":"2026-05-01T12:00:00Z","eventSource":"iam.amazonaws.com","eventName":"GetRole","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.%d",`+
		`"userAgent":"aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard md/command#iam.get-role",`+
		`"requestParameters":{"roleName":"role-%d"},"responseElements":null,"requestID":"%s","eventID":"%s","readOnly":true,"resources":[{"ARN":`+
		`"arn:aws:iam::123456789012:role/role-%d","accountId":"123456789012","type":"AWS::IAM::Role"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012",`+
		`"eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"iam.amazonaws.com"}}`,
		n%50, user, n%50, user, n%250, n%1000, request, event, n%1000)
	authz := fmt.Sprintf(`{"questions":[{"action":"iam:GetRole","resource":"arn:aws:iam::123456789012:role/role-%d","context":{"aws:userid":["AIDA%016d"]}}],"decision":"allow","policies":[{"id":"p-%d","rev":%d}]}`,
		n%1000, n%50, n%20, n)
	return &Entry{
		ID: event, Time: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * 10 * time.Millisecond),
		Account: "123456789012", Region: "us-east-1", Name: []string{"GetRole", "ListUsers", "CreateUser", "GetUser"}[n%4], Source: "iam.amazonaws.com", User: user,
		AccessKeyID: fmt.Sprintf("AKIA%016d", n%50), ReadOnly: n%4 != 2,
		Resources: []Resource{{Type: "AWS::IAM::Role", Name: fmt.Sprintf("arn:aws:iam::123456789012:role/role-%d", n%1000)}},
		Record:    json.RawMessage(record), Authz: json.RawMessage(authz),
	}
}

func uuid(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func BenchmarkEncode(b *testing.B) {
	e := sample(1)
	e.Record = bytes.Repeat([]byte("x"), 1500)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := encode(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	ev, err := encode(sample(1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(&ev); err != nil {
			b.Fatal(err)
		}
	}
}
