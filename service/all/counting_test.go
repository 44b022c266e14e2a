package all

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	cloudwatchapi "vauban/api/cloudwatch"
	logsapi "vauban/api/logs"
	"vauban/engine/policy"
	"vauban/seal"
	"vauban/service"
	"vauban/service/cloudwatch"
	"vauban/service/logs"
	"vauban/store"
	"vauban/store/sqlite"
)

// principal binds no principals.
type principal struct{}

func (principal) BindPrincipals(_ store.Tx, text string) (string, map[string]string, error) {
	return text, nil, nil
}
func (principal) ShowPrincipals(_ store.Tx, text string, _ map[string]string) (string, error) {
	return text, nil
}

// perform runs an operation as the gateway does, without permissions and records.
func perform(ctx context.Context, d service.Deps, s service.Service, name string, in any) (out any, err error) {
	c := &service.Call{Context: ctx, Caller: &service.Caller{Kind: policy.User, Account: "111122223333"}, Account: "111122223333", Region: "us-east-1", Partition: "aws", Time: d.Clock()}
	for _, row := range s.Operations() {
		if row.Op.Name != name {
			continue
		}
		rule := func(tx store.Tx) error {
			c.Tx = tx
			_, err := row.Resource(c, in)
			return err
		}
		if row.Kind == service.Act {
			if err := d.Store.Read(ctx, rule); err != nil {
				return nil, err
			}
			c.Tx = nil
			c.Commit = func(fn func(store.Tx) error) error {
				return d.Store.Write(ctx, func(tx store.Tx) error { return errors.Join(rule(tx), fn(tx)) })
			}
			return row.Handle(c, in)
		}
		err = d.Store.Write(ctx, func(tx store.Tx) error {
			err := rule(tx)
			if err == nil {
				out, err = row.Handle(c, in)
			}
			return err
		})
		return out, err
	}
	return nil, errors.New("there is no operation " + name)
}

// BenchmarkIngestion is PutLogEvents of 100 events of CloudTrail's, without a rule of Contributor Insights, with one over another group, and with one that counts a
// tenth of the events.
func BenchmarkIngestion(b *testing.B) {
	for _, group := range []string{"", "elsewhere", "trail"} {
		b.Run("rule="+group, func(b *testing.B) {
			db, err := sqlite.Open(b.Context(), "", sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			ring, err := seal.Open(b.Context(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
			if err != nil {
				b.Fatal(err)
			}
			now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			d := service.Deps{Store: db, Seal: ring, Rand: rand.Reader, Clock: func() time.Time { return now }, Partition: "aws", Meter: &service.Meter{}}
			metrics := cloudwatch.New(d)
			s := logs.New(d, principal{}, counting{metrics})
			do := func(s service.Service, name string, in any) {
				if _, err := perform(b.Context(), d, s, name, in); err != nil {
					b.Fatalf("%s: %v", name, err)
				}
			}
			do(s, "CreateLogGroup", &logsapi.CreateLogGroupInput{LogGroupName: new("trail")})
			do(s, "CreateLogStream", &logsapi.CreateLogStreamInput{LogGroupName: new("trail"), LogStreamName: new("s")})
			if group != "" {
				do(metrics, "PutInsightRule", &cloudwatchapi.PutInsightRuleInput{RuleName: new("denied"), RuleDefinition: new(`{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":["` + group +
					`"],"LogFormat":"JSON","AggregateOn":"Count","Contribution":{"Keys":["$.userIdentity.arn","$.eventName"],"Filters":[{"Match":"$.errorCode","IsPresent":true}]}}`)})
			}
			in := &logsapi.PutLogEventsInput{LogGroupName: new("trail"), LogStreamName: new("s")}
			for i := range 100 {
				denied := ""
				if i%10 == 0 {
					denied = `"errorCode":"AccessDenied",`
				}
				in.LogEvents = append(in.LogEvents, logsapi.InputLogEvent{Timestamp: new(now.UnixMilli()), Message: new(fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/u%d","accountId":"111122223333"},"eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"GetUser",%s"awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2","requestParameters":null,"responseElements":null,"requestID":"7b0b1b2e-0000-4000-8000-%012d"}`, i%7, denied, i))})
			}
			b.ResetTimer()
			for b.Loop() {
				do(s, "PutLogEvents", in)
			}
			b.ReportMetric(float64(b.N*len(in.LogEvents))/b.Elapsed().Seconds(), "events/s")
		})
	}
}
