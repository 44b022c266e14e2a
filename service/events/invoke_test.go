package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/carrier"
	"vauban/service"
	"vauban/store"
)

// site is an endpoint that remembers what came, and answers what it was told.
type site struct {
	mu       sync.Mutex
	came     []*http.Request
	bodies   []string
	statuses []int // of the next answers; 200 after them
	tokens   int   // that were given out
}

func (s *site) Do(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	answer := func(status int, text string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
	}
	if r.URL.Host == "login.example" {
		if r.ParseForm(); !strings.Contains(string(body), "client_secret=hush") {
			return answer(401, "")
		}
		s.tokens++
		return answer(200, `{"access_token":"token-`+string(rune('0'+s.tokens))+`","token_type":"Bearer","expires_in":3600}`)
	}
	s.came, s.bodies = append(s.came, r), append(s.bodies, string(body))
	if len(s.statuses) > 0 {
		status := s.statuses[0]
		s.statuses = s.statuses[1:]
		return answer(status, "")
	}
	return answer(200, "fine")
}

func (s *site) visits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.came)
}

// destination makes an API destination over a connection, and the rule that sends to it.
func (b *bench) destination(auth *api.CreateConnectionAuthRequestParameters, kind, endpoint string, h *api.HttpParameters) {
	b.t.Helper()
	c := b.must("CreateConnection", &api.CreateConnectionInput{Name: new("site"), AuthorizationType: &kind, AuthParameters: auth}).(*api.CreateConnectionOutput)
	d := b.must("CreateApiDestination", &api.CreateApiDestinationInput{Name: new("site"), ConnectionArn: c.ConnectionArn, HttpMethod: new("POST"), InvocationEndpoint: &endpoint}).(*api.CreateApiDestinationOutput)
	b.rule(api.Target{Id: new("site"), Arn: d.ApiDestinationArn, RoleArn: new("arn:aws:iam::" + home + ":role/invoke"), HttpParameters: h, InputPath: new("$.detail"),
		DeadLetterConfig: &api.DeadLetterConfig{Arn: queueARN("dead")}})
}

func basic(extra *api.ConnectionHttpParameters) *api.CreateConnectionAuthRequestParameters {
	return &api.CreateConnectionAuthRequestParameters{
		BasicAuthParameters: &api.CreateConnectionBasicAuthRequestParameters{Username: new("me"), Password: new("hush")}, InvocationHttpParameters: extra,
	}
}

// TestRequest: what target and connection say is in the request, and what is secret is shown to nobody.
func TestRequest(t *testing.T) {
	s := &site{}
	b := newBench(t, s.Do)
	b.destination(basic(&api.ConnectionHttpParameters{
		HeaderParameters: []api.ConnectionHeaderParameter{{Key: new("X-Both"), Value: new("connection"), IsValueSecret: new(true)}, {Key: new("Host"), Value: new("elsewhere")}},
		BodyParameters:   []api.ConnectionBodyParameter{{Key: new("added"), Value: new(`"quoted"`)}},
	}), "BASIC", "https://site.example/orders/*/of/*?fixed=1", &api.HttpParameters{
		PathParameterValues: []string{"$.detail.id", "a/b"}, QueryStringParameters: map[string]string{"q": "$.detail.q"}, HeaderParameters: map[string]string{"X-Both": "target", "X-One": "$.source"},
	})
	b.put(`{"id":"1/2","q":"x&y=z","n":1}`)
	b.eventually("a request", func() bool { return s.visits() == 1 })
	r := s.came[0]
	if got := r.URL.String(); got != "https://site.example/orders/1%2F2/of/a%2Fb?fixed=1&q=x%26y%3Dz" {
		t.Errorf("address %s", got)
	}
	if user, password, _ := r.BasicAuth(); user != "me" || password != "hush" {
		t.Errorf("authorisation of %q", user)
	}
	if r.Header.Get("X-Both") != "connection" || r.Header.Get("X-One") != "shop" || r.Host == "elsewhere" || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("headers %v", r.Header)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(s.bodies[0]), &body); err != nil || body["added"] != `"quoted"` || body["n"] != 1.0 {
		t.Errorf("body %s", s.bodies[0])
	}
	shown, err := json.Marshal(b.must("DescribeConnection", &api.DescribeConnectionInput{Name: new("site")}))
	if err != nil || bytes.Contains(shown, []byte("hush")) || bytes.Contains(shown, []byte(`"connection"`)) {
		t.Errorf("the connection shows its secrets: %s", shown)
	}
	k, err := json.Marshal(sealedConnection(t, b))
	if err != nil || bytes.Contains(k, []byte("hush")) {
		t.Errorf("secrets are stored open: %s", k)
	}
}

func sealedConnection(t *testing.T, b *bench) (k *Connection) {
	t.Helper()
	err := b.Store.Read(t.Context(), func(tx store.Tx) (err error) {
		k, err = connections.Get(tx, connections.Key(&Connection{Account: home, Region: "us-east-1", Name: "site"}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestAnswers: what trying again may mend is tried again, all else is given up.
func TestAnswers(t *testing.T) {
	s := &site{statuses: []int{500, 429, 401, 409}}
	b := newBench(t, s.Do)
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	b.put(`{"n":1}`)
	b.passing("five attempts", func() bool { return s.visits() == 5 })
	s.mu.Lock()
	s.statuses = []int{404}
	s.mu.Unlock()
	b.put(`{"n":2}`)
	b.eventually("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
	if got := letters(t, b)[2]; got["ERROR_CODE"] != "ERROR_FROM_TARGET" || got["RETRY_ATTEMPTS"] != "0" {
		t.Errorf("dead letter %v", got)
	}
}

// TestRoleMustBeAllowed: the target's role needs events:InvokeApiDestination.
func TestRoleMustBeAllowed(t *testing.T) {
	s := &site{}
	b := newBench(t, s.Do)
	b.door.invokes = wire.Code("AccessDeniedException", 400).New("not for this role")
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	b.put(`{"n":1}`)
	b.eventually("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
	if got := letters(t, b)[1]; got["ERROR_CODE"] != "NO_PERMISSIONS" || s.visits() != 0 {
		t.Errorf("dead letter %v, %d visits", got, s.visits())
	}
}

// TestRoleOfAnotherAccount: such a role is refused, for it would be asked about a destination of its own account.
func TestRoleOfAnotherAccount(t *testing.T) {
	s := &site{}
	b := newBench(t, s.Do)
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	d := b.must("DescribeApiDestination", &api.DescribeApiDestinationInput{Name: new("site")}).(*api.DescribeApiDestinationOutput)
	_, err := b.call("PutTargets", &api.PutTargetsInput{Rule: new("shop"), Targets: []api.Target{{
		Id: new("other"), Arn: d.ApiDestinationArn, RoleArn: new("arn:aws:iam::444455556666:role/invoke"),
	}}})
	if err == nil {
		t.Error("the target was taken")
	}
}

// TestTagsOfRules: who makes a rule with tags must be allowed to tag it.
func TestTagsOfRules(t *testing.T) {
	b := newBench(t, nil)
	c := &service.Call{Context: t.Context(), Caller: &service.Caller{Account: home}, Account: home, Region: "us-east-1", Partition: "aws"}
	err := b.Store.Read(t.Context(), func(tx store.Tx) error {
		c.Tx = tx
		qs, err := b.onPutRule(c, &api.PutRuleInput{Name: new("r"), EventPattern: new(`{"source":["shop"]}`), Tags: []api.Tag{{Key: new("k"), Value: new("v")}}})
		if err == nil && (len(qs) != 2 || qs[1].Action != "events:TagResource") {
			t.Errorf("asked %+v", qs)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOAuth: a token is fetched when the connection is made, kept, and fetched again when the endpoint refuses it or it ends.
func TestOAuth(t *testing.T) {
	s := &site{}
	b := newBench(t, s.Do)
	oauth := func(secret string) *api.CreateConnectionAuthRequestParameters {
		return &api.CreateConnectionAuthRequestParameters{OAuthParameters: &api.CreateConnectionOAuthRequestParameters{
			AuthorizationEndpoint: new("https://login.example/token"), HttpMethod: new("POST"),
			ClientParameters: &api.CreateConnectionOAuthClientRequestParameters{ClientID: new("id"), ClientSecret: &secret},
		}}
	}
	b.destination(oauth("hush"), "OAUTH_CLIENT_CREDENTIALS", "https://site.example/", nil)
	state := func() string {
		return *b.must("DescribeConnection", &api.DescribeConnectionInput{Name: new("site")}).(*api.DescribeConnectionOutput).ConnectionState
	}
	b.eventually("the connection is authorized", func() bool { return state() == "AUTHORIZED" })
	bearer := func(visit int) string {
		b.t.Helper()
		b.put(`{}`)
		b.eventually("the next visit", func() bool { return s.visits() >= visit })
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.came[visit-1].Header.Get("Authorization")
	}
	if got := []string{bearer(1), bearer(2)}; got[0] != "Bearer token-1" || got[1] != "Bearer token-1" {
		t.Errorf("tokens %v", got)
	}
	b.clock.pass(2 * time.Hour)
	if got := bearer(3); got != "Bearer token-2" {
		t.Errorf("after its end: %s", got)
	}
	s.mu.Lock()
	s.statuses = []int{401}
	s.mu.Unlock()
	if got := bearer(4); got != "Bearer token-2" {
		t.Errorf("before the refusal: %s", got)
	}
	b.eventually("the token is dropped", func() bool { return len(sealedConnection(t, b).Token) == 0 })
	b.passing("another attempt", func() bool { return s.visits() == 5 })
	if got := s.came[4].Header.Get("Authorization"); got != "Bearer token-3" {
		t.Errorf("after the refusal: %s", got)
	}
	b.must("UpdateConnection", &api.UpdateConnectionInput{Name: new("site"), AuthParameters: &api.UpdateConnectionAuthRequestParameters{
		OAuthParameters: &api.UpdateConnectionOAuthRequestParameters{ClientParameters: &api.UpdateConnectionOAuthClientRequestParameters{ClientSecret: new("wrong")}},
	}})
	b.eventually("the connection is deauthorized", func() bool {
		b.clock.pass(time.Minute)
		return state() == "DEAUTHORIZED"
	})
}

// TestWordsOfTheNetwork: customers read which of their hosts could not be reached, and not what its name resolves to or what is there.
func TestWordsOfTheNetwork(t *testing.T) {
	inside := errors.New("10.1.2.3: secret.internal")
	for _, step := range []struct {
		err           error
		code, message string
	}{
		{fmt.Errorf("%w: %w", carrier.ErrForbiddenAddress, inside), codeConnection, "no connection to site.example"},
		{inside, codeConnection, "no connection to site.example"},
		{fmt.Errorf("%w: %w", context.DeadlineExceeded, inside), codeTimeout, "site.example does not answer in time"},
	} {
		b := newBench(t, func(*http.Request) (*http.Response, error) { return nil, step.err })
		b.destination(basic(nil), "BASIC", "https://site.example/", nil)
		have := b.must("ListTargetsByRule", &api.ListTargetsByRuleInput{Rule: new("shop")}).(*api.ListTargetsByRuleOutput).Targets
		have[0].RetryPolicy = &api.RetryPolicy{MaximumRetryAttempts: new(int64(0))}
		b.must("PutTargets", &api.PutTargetsInput{Rule: new("shop"), Targets: have})
		b.put(`{"n":1}`)
		b.eventually("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
		if got := letters(t, b)[1]; got["ERROR_CODE"] != step.code || got["ERROR_MESSAGE"] != step.message {
			t.Errorf("%v: dead letter %v", step.err, got)
		}
	}
	b := newBench(t, func(*http.Request) (*http.Response, error) { return nil, inside })
	b.must("CreateConnection", &api.CreateConnectionInput{Name: new("site"), AuthorizationType: new("OAUTH_CLIENT_CREDENTIALS"), AuthParameters: &api.CreateConnectionAuthRequestParameters{
		OAuthParameters: &api.CreateConnectionOAuthRequestParameters{
			AuthorizationEndpoint: new("https://login.example/token"), HttpMethod: new("POST"),
			ClientParameters: &api.CreateConnectionOAuthClientRequestParameters{ClientID: new("id"), ClientSecret: new("hush")},
		},
	}})
	var reason string
	b.passing("the connection is deauthorized", func() bool {
		reason = wire.Text(b.must("DescribeConnection", &api.DescribeConnectionInput{Name: new("site")}).(*api.DescribeConnectionOutput).StateReason)
		return reason != ""
	})
	if reason != "Failed to authorize. no connection to login.example" {
		t.Errorf("the connection shows %q", reason)
	}
}

// TestHangingEndpoint: events for an endpoint that never answers leave the others to their targets.
func TestHangingEndpoint(t *testing.T) {
	b := newBench(t, func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	b.must("PutRule", rule("live", `{"source":["shop"]}`, ""))
	b.must("PutTargets", targets("live", "live", ""))
	for range 100 {
		b.put(`{}`)
	}
	b.eventually("all arrive", func() bool { return len(b.door.sentTo("live")) == 100 })
}

// TestTraceHeader: what PutEvents says of the trace is with the message in a queue and in the request at an endpoint, and in no event that came without.
func TestTraceHeader(t *testing.T) {
	s := &site{}
	b := newBench(t, s.Do)
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	b.must("PutTargets", &api.PutTargetsInput{Rule: new("shop"), Targets: []api.Target{{Id: new("q"), Arn: queueARN("q")}}})
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
	b.must("PutEvents", &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{{Source: new("shop"), DetailType: new("Order"), Detail: new("{}"), TraceHeader: new(trace)}}})
	b.eventually("it arrives", func() bool { return s.visits() == 1 && len(b.door.sentTo("q")) == 1 })
	if got := s.came[0].Header.Get("X-Amzn-Trace-Id"); got != trace {
		t.Errorf("the endpoint got %q", got)
	}
	if got := b.door.sentTo("q")[0].MessageSystemAttributes["AWSTraceHeader"]; wire.Text(got.StringValue) != trace {
		t.Errorf("the queue got %+v", got)
	}
	b.put("{}")
	b.eventually("the other arrives", func() bool { return s.visits() == 2 && len(b.door.sentTo("q")) == 2 })
	if s.came[1].Header["X-Amzn-Trace-Id"] != nil || b.door.sentTo("q")[1].MessageSystemAttributes != nil {
		t.Error("an event without a trace has one")
	}
}

// TestRoleOfAnotherAccountIsNotUsed: such a role, in a rule that was stored before it was refused, reaches no endpoint either.
func TestRoleOfAnotherAccountIsNotUsed(t *testing.T) {
	s := &site{}
	b := newBench(t, s.Do)
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	err := b.Store.Write(t.Context(), func(tx store.Tx) error {
		r, err := rules.Get(tx, (&ruleName{busName{home, "us-east-1", defaultBus}, "shop"}).key())
		if err != nil {
			return err
		}
		r.Targets[0].Role = "arn:aws:iam::444455556666:role/invoke"
		return rules.Put(tx, r)
	})
	if err != nil {
		t.Fatal(err)
	}
	b.put(`{"n":1}`)
	b.eventually("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
	if got := letters(t, b)[1]; got["ERROR_CODE"] != "NO_PERMISSIONS" || got["RETRY_ATTEMPTS"] != "0" || s.visits() != 0 {
		t.Errorf("dead letter %v, %d visits", got, s.visits())
	}
}
