package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// TestTerraformLogs creates, reads, changes and deletes the resources that the provider has for CloudWatch Logs.
func TestTerraformLogs(t *testing.T) { wholeLife(t, "logs") }

// TestGoSDKLiveTail follows a group with the Go SDK while events come. A server that is stopped ends the session at once.
func TestGoSDKLiveTail(t *testing.T) {
	s := start(t, t.TempDir())
	logs := logsOf(t, s)
	call(t, logs.CreateLogGroup, cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("live")})
	call(t, logs.CreateLogStream, cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("live"), LogStreamName: aws.String("s")})
	group := call(t, logs.DescribeLogGroups, cloudwatchlogs.DescribeLogGroupsInput{}).LogGroups[0]
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := logs.StartLiveTail(ctx, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{*group.LogGroupArn}, LogEventFilterPattern: aws.String("ERROR")}, unprefixed)
	if err != nil {
		t.Fatal(err)
	}
	session := out.GetStream()
	defer session.Close()
	started := false
	for event := range session.Events() {
		switch e := event.(type) {
		case *types.StartLiveTailResponseStreamMemberSessionStart:
			want(t, e.Value.LogGroupIdentifiers[0], *group.LogGroupArn)
			started = true
			logEvents(t, logs, "live", "s", "fine", "ERROR 1")
		case *types.StartLiveTailResponseStreamMemberSessionUpdate:
			if len(e.Value.SessionResults) == 0 {
				continue
			}
			want(t, *e.Value.SessionResults[0].Message, "ERROR 1")
			want(t, *e.Value.SessionResults[0].LogStreamName, "s")
			if !started || len(e.Value.SessionResults) != 1 {
				t.Errorf("started %t, %d events", started, len(e.Value.SessionResults))
			}
			stopped := time.Now()
			s.stop(t, syscall.SIGTERM)
			for range session.Events() { // until the end
			}
			t.Logf("the server and the session ended in %s", time.Since(stopped))
			return
		}
	}
	t.Fatalf("the session ended without the event: %v", session.Err())
}

// TestLogsSurviveAKill: what was acknowledged is there after the server was killed, each event once.
func TestLogsSurviveAKill(t *testing.T) {
	data := t.TempDir()
	s := start(t, data)
	logs := logsOf(t, s)
	call(t, logs.CreateLogGroup, cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("kept")})
	call(t, logs.CreateLogStream, cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("kept"), LogStreamName: aws.String("s")})
	var sent []string
	for i := range 20 {
		m := fmt.Sprint("event ", i)
		logEvents(t, logs, "kept", "s", m)
		sent = append(sent, m)
	}
	s.stop(t, syscall.SIGKILL)

	s = start(t, data)
	logs = logsOf(t, s)
	got := call(t, logs.GetLogEvents, cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("kept"), LogStreamName: aws.String("s"), StartFromHead: aws.Bool(true)})
	var have []string
	for _, e := range got.Events {
		have = append(have, *e.Message)
	}
	want(t, strings.Join(have, ","), strings.Join(sent, ","))
}

func logsOf(t *testing.T, s *running) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(s.sdk(t, nil))
}

func logEvents(t *testing.T, logs *cloudwatchlogs.Client, group, stream string, messages ...string) {
	t.Helper()
	in := cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream}
	for _, m := range messages {
		in.LogEvents = append(in.LogEvents, types.InputLogEvent{Message: &m, Timestamp: aws.Int64(time.Now().UnixMilli())})
	}
	call(t, logs.PutLogEvents, in)
}

// unprefixed keeps the SDK from putting streaming- before the server's name, as disable_host_prefix_injection does for the command line.
func unprefixed(o *cloudwatchlogs.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Unprefixed", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}
