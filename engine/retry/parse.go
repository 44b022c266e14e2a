package retry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"
)

// Effective is what holds for the deliveries of a subscription.
type Effective struct {
	Retry    Policy
	Throttle int    // deliveries a second at most; 0 means no limit
	Type     string // of the content; "" means the protocol's
}

// Topic is the delivery policy of a topic. Members that are nil are not stated.
type Topic struct {
	HTTP *TopicHTTP `json:"http,omitempty"`
}

// TopicHTTP is what a topic says for its subscriptions by http and https.
type TopicHTTP struct {
	Retry       *Policy   `json:"defaultHealthyRetryPolicy,omitempty"`
	NoOverrides bool      `json:"disableSubscriptionOverrides"`
	Throttle    *Throttle `json:"defaultThrottlePolicy,omitempty"`
	Request     *Request  `json:"defaultRequestPolicy,omitempty"`
}

// Subscription is the delivery policy of one subscription.
type Subscription struct {
	Retry    *Policy   `json:"healthyRetryPolicy,omitempty"`
	Throttle *Throttle `json:"throttlePolicy,omitempty"`
	Request  *Request  `json:"requestPolicy,omitempty"`
}

// Throttle limits deliveries.
type Throttle struct {
	Receives int `json:"maxReceivesPerSecond"`
}

// Request says how a delivery looks.
type Request struct {
	Type string `json:"headerContentType"`
}

// Bounds of a policy. AWS documentation: "Creating an HTTP/S delivery policy".
const (
	maxText     = 8 << 10
	maxDelay    = 3600
	maxRetries  = 100
	maxReceives = 1_000_000
	maxTotal    = time.Hour
)

// ParseTopic reads the delivery policy of a topic. The error is for its author.
func ParseTopic(text string) (*Topic, error) {
	var raw struct {
		HTTP *struct {
			Retry       *retryText `json:"defaultHealthyRetryPolicy"`
			Sickly      *retryText `json:"defaultSicklyRetryPolicy"`
			NoOverrides bool       `json:"disableSubscriptionOverrides"`
			Throttle    *Throttle  `json:"defaultThrottlePolicy"`
			Request     *Request   `json:"defaultRequestPolicy"`
		} `json:"http"`
	}
	if err := decode(text, &raw); err != nil {
		return nil, err
	}
	h := raw.HTTP
	if h == nil {
		return nil, errors.New("http must be specified")
	}
	if h.Sickly != nil {
		return nil, errors.New("defaultSicklyRetryPolicy is not supported")
	}
	t := &Topic{HTTP: &TopicHTTP{NoOverrides: h.NoOverrides, Throttle: h.Throttle, Request: h.Request}}
	var err error
	if t.HTTP.Retry, err = h.Retry.policy(); err != nil {
		return nil, err
	}
	return t, errors.Join(h.Throttle.check(), h.Request.check())
}

// ParseSubscription reads the delivery policy of a subscription. The error is for its author.
func ParseSubscription(text string) (*Subscription, error) {
	var raw struct {
		Retry      *retryText `json:"healthyRetryPolicy"`
		Sickly     *retryText `json:"sicklyRetryPolicy"`
		Throttle   *Throttle  `json:"throttlePolicy"`
		Request    *Request   `json:"requestPolicy"`
		Guaranteed *bool      `json:"guaranteed"`
	}
	if err := decode(text, &raw); err != nil {
		return nil, err
	}
	switch {
	case raw.Sickly != nil:
		return nil, errors.New("sicklyRetryPolicy is not supported")
	case raw.Guaranteed != nil && *raw.Guaranteed:
		return nil, errors.New("guaranteed is not supported")
	}
	s := &Subscription{Throttle: raw.Throttle, Request: raw.Request}
	var err error
	if s.Retry, err = raw.Retry.policy(); err != nil {
		return nil, err
	}
	return s, errors.Join(raw.Throttle.check(), raw.Request.check())
}

func decode(text string, v any) error {
	if len(text) > maxText {
		return fmt.Errorf("the policy is longer than %d bytes", maxText)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the object")
	}
	return nil
}

// retryText is a retry policy as it is written: what it does not say is the default.
type retryText struct {
	MinDelay   *int     `json:"minDelayTarget"`
	MaxDelay   *int     `json:"maxDelayTarget"`
	Retries    *int     `json:"numRetries"`
	MaxRetries *int     `json:"numMaxDelayRetries"`
	NoDelay    *int     `json:"numNoDelayRetries"`
	MinRetries *int     `json:"numMinDelayRetries"`
	Backoff    *Backoff `json:"backoffFunction"`
}

func (t *retryText) policy() (*Policy, error) {
	if t == nil {
		return nil, nil
	}
	p := Default()
	for _, m := range []struct {
		from *int
		to   *int
	}{{t.MinDelay, &p.MinDelay}, {t.MaxDelay, &p.MaxDelay}, {t.Retries, &p.Retries}, {t.MaxRetries, &p.MaxRetries}, {t.NoDelay, &p.NoDelay}, {t.MinRetries, &p.MinRetries}} {
		if m.from != nil {
			*m.to = *m.from
		}
	}
	if t.Backoff != nil {
		p.Backoff = *t.Backoff
	}
	return &p, p.check()
}

func (p *Policy) check() error {
	switch {
	case p.MinDelay < 1 || p.MinDelay > maxDelay:
		return fmt.Errorf("minDelayTarget must be between 1 and %d", maxDelay)
	case p.MaxDelay < 1 || p.MaxDelay > maxDelay:
		return fmt.Errorf("maxDelayTarget must be between 1 and %d", maxDelay)
	case p.MaxDelay < p.MinDelay:
		return errors.New("maxDelayTarget must be greater than or equal to minDelayTarget")
	case p.Retries < 0 || p.Retries > maxRetries:
		return fmt.Errorf("numRetries must be between 0 and %d", maxRetries)
	case p.NoDelay < 0 || p.NoDelay > maxRetries:
		return errors.New("numNoDelayRetries must be greater than or equal to 0")
	case p.MinRetries < 0 || p.MinRetries > maxRetries:
		return errors.New("numMinDelayRetries must be greater than or equal to 0")
	case p.MaxRetries < 0 || p.MaxRetries > maxRetries:
		return errors.New("numMaxDelayRetries must be greater than or equal to 0")
	case p.NoDelay+p.MinRetries+p.MaxRetries > p.Retries:
		return errors.New("numRetries must be greater than or equal to the sum of numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries")
	}
	switch p.Backoff {
	case Linear, Arithmetic, Geometric, Exponential:
	default:
		return errors.New("backoffFunction must be one of arithmetic, exponential, geometric, linear")
	}
	if p.Total() > maxTotal {
		return fmt.Errorf("the total of all delays must not be greater than %d seconds", maxTotal/time.Second)
	}
	return nil
}

func (t *Throttle) check() error {
	if t != nil && (t.Receives < 1 || t.Receives > maxReceives) {
		return fmt.Errorf("maxReceivesPerSecond must be between 1 and %d", maxReceives)
	}
	return nil
}

// contentTypes are those that a request may have. AWS documentation: "Creating an HTTP/S delivery policy", headerContentType.
func contentTypes() []string {
	return []string{
		"application/json", "application/x-www-form-urlencoded", "application/xml", "application/atom+xml", "application/octet-stream", "application/soap+xml",
		"text/css", "text/csv", "text/html", "text/plain", "text/xml",
	}
}

func (r *Request) check() error {
	if r == nil {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(r.Type)
	if err == nil {
		delete(parameters, "charset")
		for _, t := range contentTypes() {
			if t == kind && len(parameters) == 0 {
				return nil
			}
		}
	}
	return errors.New("headerContentType is not one of the supported types")
}

// Of merges what a topic and a subscription say. Both may be nil.
func Of(t *Topic, s *Subscription) Effective {
	e := Effective{Retry: Default()}
	add := func(p *Policy, throttle *Throttle, request *Request) {
		if p != nil {
			e.Retry = *p
		}
		if throttle != nil {
			e.Throttle = throttle.Receives
		}
		if request != nil {
			e.Type = request.Type
		}
	}
	closed := false
	if t != nil && t.HTTP != nil {
		add(t.HTTP.Retry, t.HTTP.Throttle, t.HTTP.Request)
		closed = t.HTTP.NoOverrides
	}
	if s != nil && !closed {
		add(s.Retry, s.Throttle, s.Request)
	}
	return e
}
