package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"vauban/gateway/sigv4"
)

// TestTerraformFunctions creates, reads, changes and deletes functions, layers, aliases, permissions, URLs and event source mappings.
func TestTerraformFunctions(t *testing.T) {
	isolated(t)
	wholeLife(t, "functions")
}

// isolated skips where the host isolates nothing: functions are refused there.
func isolated(t *testing.T) {
	need(t, "bwrap", "apt-get install bubblewrap")
	if out, ok := isolates(t); !ok {
		t.Skipf("SKIP: this host runs no functions (vauban doctor says why): %s", out)
	}
}

// isolates says whether the host isolates functions, in the words of vauban doctor.
func isolates(t testing.TB) (words string, ok bool) {
	t.Helper()
	out, _ := exec.Command(binary(t), "doctor", "--data", t.TempDir()).CombinedOutput() // it fails for other reasons too
	return string(out), strings.Contains(string(out), "functions run isolated by")
}

// lambda sends one call of Lambda, signed as the administrator. The Go SDK of Lambda is no dependency of this module.
func (s *running) lambda(t *testing.T, method, path, body string, headers map[string]string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	signer := &sigv4.Signer{AccessKeyID: s.key, Secret: sigv4.SecretKey(s.secret), Region: "us-east-1", Service: "lambda"}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte(body)), time.Now()); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestFunctionEventsKilled: the server is killed while it runs events that it has accepted. All of them arrive at their destination afterwards.
func TestFunctionEventsKilled(t *testing.T) {
	isolated(t)
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	sdk := s.sdk(t, nil)
	role := call(t, iam.NewFromConfig(sdk).CreateRole, iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}).Role
	call(t, iam.NewFromConfig(sdk).PutRolePolicy, iam.PutRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}]}`)})
	call(t, sqs.NewFromConfig(sdk).CreateQueue, sqs.CreateQueueInput{QueueName: aws.String("q")})
	create := map[string]any{
		"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "x", "Role": *role.Arn, "Timeout": 3, "Code": map[string]any{"ZipFile": zipped(t, "bootstrap", echoing)},
	}
	body, err := json.Marshal(create)
	if err != nil {
		t.Fatal(err)
	}
	if status, out := s.lambda(t, "POST", "/2015-03-31/functions", string(body), nil); status != 201 {
		t.Fatalf("CreateFunction: %d %s", status, out)
	}
	to := fmt.Sprintf(`{"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:sqs:us-east-1:%s:q"}}}`, s.account)
	if status, out := s.lambda(t, "PUT", "/2019-09-25/functions/f/event-invoke-config", to, nil); status != 200 {
		t.Fatalf("PutFunctionEventInvokeConfig: %d %s", status, out)
	}
	const events = 20
	for i := range events {
		status, out := s.lambda(t, "POST", "/2015-03-31/functions/f/invocations", fmt.Sprintf(`{"n":%d}`, i), map[string]string{"X-Amz-Invocation-Type": "Event"})
		if status != 202 {
			t.Fatalf("event %d: %d %s", i, status, out)
		}
	}
	s.stop(t, syscall.SIGKILL)

	s = start(t, dir)
	q := sqs.NewFromConfig(s.sdk(t, nil))
	url := call(t, q.GetQueueUrl, sqs.GetQueueUrlInput{QueueName: aws.String("q")}).QueueUrl
	seen := map[string]bool{}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for len(seen) < events {
		out, err := q.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 5})
		if err != nil {
			t.Fatalf("%d of %d events have arrived: %v", len(seen), events, err)
		}
		for _, m := range out.Messages {
			var record struct{ RequestPayload json.RawMessage }
			if err := json.Unmarshal([]byte(*m.Body), &record); err != nil {
				t.Fatal(err)
			}
			seen[string(record.RequestPayload)] = true
		}
	}
}

// echoing is a custom runtime in shell: it answers every event with a constant. It speaks HTTP by bash alone, for curl may not be there.
const echoing = `#!/bin/bash
host=${AWS_LAMBDA_RUNTIME_API%:*}; port=${AWS_LAMBDA_RUNTIME_API#*:}
while true; do
  exec 3<>/dev/tcp/$host/$port || exit 1
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
  id=
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    case $line in [Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d:*) id=${line#*: };; esac
    [ -z "$line" ] && break
  done
  cat <&3 >/dev/null
  exec 3>&-
  exec 3<>/dev/tcp/$host/$port || exit 1
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"ok"' "$id" >&3
  cat <&3 >/dev/null
  exec 3>&-
done
`

// zipped is an archive with one file that can be run.
func zipped(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(0o755)
	w, err := z.CreateHeader(h)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
