// Delivery measures the log and a trail together, in one process with a server on a data directory: how many events a second are appended
// durably, and whether the delivery of a steady stream of them keeps up.
//
// Start reading at [measure].
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/server"
)

func main() {
	seconds := flag.Int("seconds", 60, "how long the steady stream lasts")
	rate := flag.Int("rate", 5000, "events a second of the steady stream")
	flag.Parse()
	if err := measure(*seconds, *rate); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const (
	account   = "111122223333"
	keyID     = "AKIAADMINADMINADMIN1"
	secret    = "admin/secret"
	producers = 128
)

func measure(seconds, rate int) (err error) {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := server.Open(context.Background(), server.Config{
		Data: dir, Account: account, AdminAccessKeyID: keyID, AdminSecretAccessKey: secret, TrailEvery: time.Second,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Printf("# %s, %s/%s, %d processors, %d producers\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), producers)
	if err := appendAlone(s.Log()); err != nil {
		return err
	}
	if err := settle(s.Log(), "the archive has taken them after", func(st eventlog.Status) int64 { return st.Waiting }); err != nil {
		return err
	}
	if err := makeTrail(s); err != nil {
		return err
	}
	return steady(s.Log(), seconds, rate)
}

// appendAlone measures durable appends, as many as there can be.
func appendAlone(l *eventlog.Log) error {
	const d = 5 * time.Second
	before, began := processor(), time.Now()
	n, err := produce(l, func(int) bool { return time.Since(began) < d })
	if err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("appended durably: %d events in %s, %.0f /s, %.1f µs CPU each\n", n, took.Round(time.Millisecond), float64(n)/took.Seconds(),
		float64((processor()-before).Microseconds())/float64(n))
	return nil
}

// steady appends at a rate while the trail delivers, and tells how far behind it is.
func steady(l *eventlog.Log, seconds, rate int) error {
	began := time.Now()
	before := processor()
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Second):
				fmt.Printf("  after %3.0f s the trail is %d events behind\n", time.Since(began).Seconds(), behind(l.Status()))
			}
		}
	}()
	n, err := produce(l, func(n int) bool {
		due := time.Duration(n) * time.Second / time.Duration(rate)
		time.Sleep(time.Until(began.Add(due)))
		return due < time.Duration(seconds)*time.Second
	})
	close(done)
	if err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("steady stream: %d events in %s, %.0f /s, %.1f µs CPU each with relay, indexes and delivery; %d behind at its end\n", n,
		took.Round(time.Millisecond), float64(n)/took.Seconds(), float64((processor()-before).Microseconds())/float64(n), behind(l.Status()))
	return settle(l, "the trail has delivered all after another", behind)
}

// behind is how many events the trail has yet to deliver, but for those of its own deliveries.
func behind(st eventlog.Status) int64 {
	for _, r := range st.Readers {
		if strings.HasPrefix(r.Name, "cloudtrail.") {
			return r.Lag
		}
	}
	return st.Last
}

func settle(l *eventlog.Log, what string, left func(eventlog.Status) int64) error {
	began := time.Now()
	for left(l.Status()) > 100 {
		if time.Since(began) > 5*time.Minute {
			return fmt.Errorf("still %d after 5 minutes", left(l.Status()))
		}
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Printf("%s %s\n", what, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// produce appends events from all producers while going on is true of the number of the next.
func produce(l *eventlog.Log, goOn func(n int) bool) (int, error) {
	var next, done atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for failed.Load() == nil {
				n := int(next.Add(1))
				if !goOn(n) {
					return
				}
				if err := l.Append(context.Background(), event(n)); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return int(done.Load()), nil
}

// event is like the record of a usual call, of its size and variety.
func event(n int) *eventlog.Entry {
	now := time.Now()
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", n, now.UnixNano()&0xffffffffffff)
	user := fmt.Sprintf("user-%03d", n%500)
	e := &eventlog.Entry{
		ID: id, Time: now, Account: account, Region: "us-east-1", Name: "GetUser", Source: "iam.amazonaws.com", User: user, AccessKeyID: keyID, ReadOnly: true,
		Resources: []eventlog.Resource{{Type: "AWS::IAM::User", Name: user}},
	}
	e.Record = fmt.Appendf(nil, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA%016d","arn":"arn:aws:iam::%[2]s:user/%[3]s",`+
		`"accountId":"%[2]s","accessKeyId":"%[4]s","userName":"%[3]s"},"eventTime":"%[5]s","eventSource":"iam.amazonaws.com","eventName":"GetUser",`+
		`"awsRegion":"us-east-1","sourceIPAddress":"192.0.2.%[6]d","userAgent":"aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64 prompt/off command/iam.get-user",`+
		`"requestParameters":{"userName":"%[3]s"},"responseElements":null,"additionalEventData":{"authorization":{"decision":"allowed","action":"iam:GetUser",`+
		`"resource":"arn:aws:iam::%[2]s:user/%[3]s","decidedBy":[{"layer":"identity","policy":"arn:aws:iam::aws:policy/AdministratorAccess","statement":0,"line":4,"column":5}]}},`+
		`"requestID":"%[7]s","eventID":"%[7]s","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"%[2]s","eventCategory":"Management",`+
		`"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"127.0.0.1:8443"}}`,
		n, account, user, keyID, now.UTC().Format(time.RFC3339), n%250, id)
	e.Authz = []byte(`{"principal":{"kind":"user","arn":"arn:aws:iam::111122223333:user/` + user + `"},"context":{"aws:SourceIp":"192.0.2.1","aws:UserAgent":"aws-cli/2.15.0"}}`)
	return e
}

func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// makeTrail makes a bucket that lets CloudTrail in, and a trail that logs.
func makeTrail(s *server.Server) error {
	policy := `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::audit-logs"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::audit-logs/AWSLogs/` + account + `/*"}]}`
	for _, step := range []struct{ service, method, uri, target, body string }{
		{"s3", http.MethodPut, "/audit-logs", "", ""},
		{"s3", http.MethodPut, "/audit-logs?policy", "", policy},
		{"cloudtrail", http.MethodPost, "/", "CreateTrail", `{"Name":"audit","S3BucketName":"audit-logs","EnableLogFileValidation":true}`},
		{"cloudtrail", http.MethodPost, "/", "StartLogging", `{"Name":"audit"}`},
	} {
		r := httptest.NewRequest(step.method, step.uri, strings.NewReader(step.body))
		r.Host, r.RemoteAddr = "127.0.0.1", "192.0.2.10:4711"
		hash := sigv4.PayloadHash([]byte(step.body))
		if step.target != "" {
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
			r.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."+step.target)
		} else {
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
		signer := &sigv4.Signer{AccessKeyID: keyID, Secret: sigv4.SecretKey(secret), Region: "us-east-1", Service: step.service}
		if err := signer.Sign(r, hash, time.Now()); err != nil {
			return err
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code/100 != 2 {
			b, _ := io.ReadAll(w.Body)
			return fmt.Errorf("%s %s: %d %s", step.method, step.uri+step.target, w.Code, b)
		}
	}
	return nil
}
