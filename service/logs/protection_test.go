package logs

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	api "vauban/api/logs"
	"vauban/api/s3"
	"vauban/engine/dataprotection"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// policyTo is a policy about addresses of mail, with that destination of findings.
func policyTo(destination string) string {
	const id = `"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],"Operation":`
	return `{"Name":"p","Version":"2021-06-01","Statement":[{` + id + `{"Audit":{"FindingsDestination":{` + destination + `}}}},{` + id + `{"Deidentify":{"MaskConfig":{}}}}]}`
}

// bucket stands in S3's place.
type bucket struct {
	who, key, body string
}

func (b *bucket) Call(_ *service.Call, as service.Identity, _, operation string, in any) (any, error) {
	if operation == "GetBucketAcl" {
		return &s3.GetBucketAclOutput{}, nil
	}
	put, ok := in.(*s3.PutObjectInput)
	if !ok {
		return nil, errors.New("not expected: " + operation)
	}
	who := as.Caller(nil)
	z, err := gzip.NewReader(put.Body)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(z)
	b.who, b.key, b.body = who.ServiceName+" "+who.SourceARN, *put.Key, string(body)
	return &s3.PutObjectOutput{}, err
}

// TestMaskedStays: what was masked when it came stays so when chunks are joined, and after the policy has gone; findings lie in the bucket.
func TestMaskedStays(t *testing.T) {
	r := newReplica(t)
	b := &bucket{}
	r.door, r.Outbound = b, delivery.New(r.Store, delivery.Options{Backoff: time.Millisecond})
	r.group(t, "g", "s")
	policy := policyTo(`"S3":{"Bucket":"b"}`)
	call[api.PutDataProtectionPolicyOutput](t, r, "PutDataProtectionPolicy", &api.PutDataProtectionPolicyInput{LogGroupIdentifier: new("g"), PolicyDocument: &policy})
	at := r.clock.Now().UnixMilli()
	r.put(t, "g", "s", []api.InputLogEvent{event(at, "é mail jane@example.com"), event(at+1, "none")})
	for i := range 2 * joinAt {
		r.put(t, "g", "s", []api.InputLogEvent{event(at+2, fmt.Sprint("more ", i))})
	}
	call[api.DeleteDataProtectionPolicyOutput](t, r, "DeleteDataProtectionPolicy", &api.DeleteDataProtectionPolicyInput{LogGroupIdentifier: new("g")})
	before := chunksIn(t, r)
	r.clock.pass(2 * joinAfter)
	r.turn(t, "logs.join")
	if n := chunksIn(t, r); n >= before {
		t.Fatalf("%d chunks of %d are left", n, before)
	}
	for unmask, want := range map[bool]string{false: "é mail ****************", true: "é mail jane@example.com"} {
		out := call[api.GetLogEventsOutput](t, r, "GetLogEvents", &api.GetLogEventsInput{LogGroupName: new("g"), LogStreamName: new("s"), StartFromHead: new(true), Limit: new(int64(1)), Unmask: &unmask})
		if got := *out.Events[0].Message; got != want {
			t.Errorf("unmask %t: %s", unmask, got)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_ = r.Outbound.Deliver(ctx, kindAudit, func(ctx context.Context, d *delivery.Delivery) error {
		defer cancel()
		return r.sendAudit(&service.Work{Context: ctx, Time: r.clock.Now(), Partition: "aws", Door: b, Check: func(store.Tx) error { return nil }}, d)
	})
	if b.who != "delivery.logs.amazonaws.com arn:aws:logs:us-east-1:"+home+":log-group:g:*" || !strings.HasPrefix(b.key, "AWSLogs/"+home+"/CloudWatchLogsDataProtection/us-east-1/2026/01/02/") {
		t.Errorf("%s writes %s", b.who, b.key)
	}
	const report = `{"auditTimestamp":"2026-01-02T03:04:05Z","resourceArn":"arn:aws:logs:us-east-1:` + home + `:log-group:g:*","dataIdentifiers":[{"name":"EmailAddress","count":1,"detections":[{"start":8,"end":23}]}]}` + "\n"
	if b.body != report {
		t.Errorf("the object says %s", b.body)
	}
}

// TestMaskedGoesNoFurther: filters see asterisks: a metric filter for what is masked counts nothing, a subscription gets the masked text.
func TestMaskedGoesNoFurther(t *testing.T) {
	r := newReplica(t)
	f := &function{}
	r.door, r.Outbound = f, delivery.New(r.Store, delivery.Options{Backoff: time.Millisecond})
	r.group(t, "g", "s")
	policy := policyTo("")
	call[api.PutDataProtectionPolicyOutput](t, r, "PutDataProtectionPolicy", &api.PutDataProtectionPolicyInput{LogGroupIdentifier: new("g"), PolicyDocument: &policy})
	for name, pattern := range map[string]string{"masked": "from", "bare": "jane"} {
		call[api.PutSubscriptionFilterOutput](t, r, "PutSubscriptionFilter", &api.PutSubscriptionFilterInput{
			LogGroupName: new("g"), FilterName: &name, FilterPattern: &pattern, DestinationArn: new("arn:aws:lambda:us-east-1:" + home + ":function:f"),
		})
	}
	r.put(t, "g", "s", []api.InputLogEvent{event(r.clock.Now().UnixMilli(), "from jane@example.com")})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_ = r.Outbound.Deliver(ctx, kindSubscription, func(ctx context.Context, d *delivery.Delivery) error {
		defer cancel()
		return r.forwardParcel(&service.Work{Context: ctx, Time: r.clock.Now(), Partition: "aws", Door: f, Check: func(store.Tx) error { return nil }}, d)
	})
	if len(f.got) != 1 || f.got[0].SubscriptionFilters[0] != "masked" || f.got[0].LogEvents[0].Message != "from ****************" {
		t.Errorf("the function gets %+v", f.got)
	}
	values, err := r.values(&MetricFilter{Pattern: "jane", Value: "1"}, []Event{{Message: "from ****************"}})
	if err != nil || len(values) != 0 {
		t.Errorf("%v, %v", values, err)
	}
}

// TestSpansLaw: what is sensitive is kept with events, whatever lies beside them.
func TestSpansLaw(t *testing.T) {
	z := newCodec()
	rapid.Check(t, func(t *rapid.T) {
		events := make([]Event, rapid.IntRange(1, 5).Draw(t, "events"))
		for i := range events {
			e := &events[i]
			e.Message = strings.Repeat("x", rapid.IntRange(0, 40).Draw(t, "length"))
			for at := 0; at < len(e.Message) && rapid.Bool().Draw(t, "more"); {
				start := rapid.IntRange(at, len(e.Message)-1).Draw(t, "start")
				end := rapid.IntRange(start+1, len(e.Message)).Draw(t, "end")
				e.Hidden = append(e.Hidden, dataprotection.Span{Start: start, End: end})
				at = end + 1
			}
		}
		i := 0
		made := rapid.Bool().Draw(t, "made")
		err := z.unpack(z.pack(events, 0, 0, true, made), 0, 0, 0, true, made, func(e *Event) bool {
			if e.Message != events[i].Message || !slices.Equal(e.Hidden, events[i].Hidden) {
				t.Fatalf("%+v becomes %+v", events[i], *e)
			}
			i++
			return true
		})
		if err != nil || i != len(events) {
			t.Fatalf("%d of %d events: %v", i, len(events), err)
		}
	})
}
