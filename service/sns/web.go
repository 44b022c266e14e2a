package sns

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"vauban/carrier"
	"vauban/eventlog/delivery"
	"vauban/service"
)

// webTime is how long an endpoint has to answer. Developer guide: "Fanout to HTTP/S endpoints".
const webTime = 15 * time.Second

// post is a request to an endpoint.
type post struct {
	url, body, kind string
	header          map[string]string
}

// toWeb posts a notification, as often a second as the delivery policy allows.
func (s *Service) toWeb(p *parcel) error {
	policy := effective(p.topic, p.to)
	if wait := s.throttles.wait(p.to.arn(), policy.Throttle, s.Clock()); wait > 0 {
		return &throttled{wait}
	}
	r := &post{url: p.to.Endpoint, kind: contentType(policy.Type), header: map[string]string{
		"x-amz-sns-message-type": typeNotification, "x-amz-sns-message-id": p.message.ID, "x-amz-sns-topic-arn": p.message.topicARN(),
		"x-amz-sns-subscription-arn": p.to.arn(),
	}}
	if p.to.Raw {
		r.body, r.header["x-amz-sns-rawdelivery"] = p.content.body(p.to.Protocol), "true"
		return s.postTo(p.work, r, &p.outcome)
	}
	e, err := s.notification(p)
	if err != nil {
		return err
	}
	if r.body, err = e.text(); err != nil {
		return err
	}
	return s.postTo(p.work, r, &p.outcome)
}

// postTo posts. An answer of 2xx is an arrival; 4xx, but for 429, is a failure that trying again does not mend, as is an address that is closed.
// Developer guide: "Amazon SNS message delivery retries", client-side and server-side errors.
func (s *Service) postTo(w *service.Work, r *post, o *outcome) error {
	if s.Web == nil {
		return delivery.Permanent(errors.New("this server makes no connections to endpoints: none is configured"))
	}
	request, err := http.NewRequestWithContext(w, http.MethodPost, r.url, strings.NewReader(r.body))
	if err != nil {
		return delivery.Permanent(fmt.Errorf("the endpoint's address: %w", err))
	}
	if u := request.URL.User; u != nil {
		password, _ := u.Password()
		request.SetBasicAuth(u.Username(), password)
	}
	request.Header.Set("Content-Type", r.kind)
	request.Header.Set("User-Agent", "Amazon Simple Notification Service Agent")
	for name, v := range r.header {
		request.Header.Set(name, v)
	}
	answer, err := s.Web.Do(request, webTime)
	if errors.Is(err, carrier.ErrForbiddenAddress) {
		o.response = bounded(err.Error(), 300)
		return delivery.Permanent(err)
	}
	if err != nil {
		o.response = bounded(err.Error(), 300)
		return err
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
	o.status, o.response = answer.StatusCode, string(said)
	failed := fmt.Errorf("the endpoint answers %d", answer.StatusCode)
	switch c := answer.StatusCode; {
	case c >= 200 && c < 300:
		return nil
	case c < 200 || c >= 500 || c == http.StatusTooManyRequests:
		return failed
	}
	return delivery.Permanent(failed)
}

// throttled is a delivery that waits for its turn. It was not tried.
type throttled struct{ wait time.Duration }

func (t *throttled) Error() string {
	return "the delivery policy allows no more deliveries in this second"
}

// throttles counts deliveries of this replica where a delivery policy limits them.
type throttles struct {
	mu sync.Mutex
	m  map[string]*second
}

type second struct {
	at   int64
	used int
}

const maxThrottles = 10_000

// wait is zero when there is room in this second, which it takes, else the time until the next.
func (t *throttles) wait(subscription string, most int, now time.Time) time.Duration {
	if most <= 0 {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil || len(t.m) >= maxThrottles {
		t.m = map[string]*second{}
	}
	x := t.m[subscription]
	if x == nil || x.at != now.Unix() {
		x = &second{at: now.Unix()}
		t.m[subscription] = x
	}
	if x.used >= most {
		return time.Unix(x.at+1, 0).Sub(now)
	}
	x.used++
	return 0
}
