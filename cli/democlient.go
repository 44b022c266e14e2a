package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vauban/api/cloudtrail"
	"vauban/api/events"
	"vauban/api/kms"
	"vauban/api/logs"
	"vauban/api/organizations"
	vaubanapi "vauban/api/vauban"
	"vauban/gateway/sigv4"
)

// person is somebody with credentials, in the demo.
type person struct {
	name, key, secret, token string
}

// demoClient speaks to the server as any client does: signed requests over HTTPS.
type demoClient struct {
	url    string
	client *http.Client
}

// reply is what came back: the texts of all elements or members, by name, the first of each.
type reply struct {
	status  int
	code    string // error code, "" on success
	message string
	texts   map[string]string
	body    []byte
	header  http.Header
}

// query calls an operation of a service that speaks the query protocol.
func (c *demoClient) query(ctx context.Context, who person, service, action string, params map[string]string) (*reply, error) {
	version := map[string]string{"iam": "2010-05-08", "sts": "2011-06-15", "sns": "2010-03-31", "monitoring": "2010-08-01"}[service]
	form := url.Values{"Action": {action}, "Version": {version}}
	for k, v := range params {
		form.Set(k, v)
	}
	r, err := c.send(ctx, who, service, []byte(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if err != nil {
		return nil, err
	}
	r.texts = elements(r.body)
	if r.status >= 300 {
		r.code, r.message = r.texts["Code"], r.texts["Message"]
	}
	return r, nil
}

// event is one entry of the trail.
type event struct {
	ErrorCode  string
	EventName  string
	EventTime  time.Time
	SourceIP   string               `json:"sourceIPAddress"`
	Identity   struct{ ARN string } `json:"userIdentity"`
	Error      string               `json:"errorMessage"`
	Additional struct {
		Authorization struct {
			Decision  string
			DecidedBy []struct {
				Layer, Policy, Sid string
				Statement          int
			}
		}
	} `json:"additionalEventData"`
}

// trail reads the latest management events, newest first.
func (c *demoClient) trail(ctx context.Context, who person) ([]event, error) {
	r, err := c.send(ctx, who, "cloudtrail", []byte(`{"MaxResults":50}`), http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {targetPrefix("cloudtrail") + ".LookupEvents"},
	})
	if err != nil {
		return nil, err
	}
	if r.status != http.StatusOK {
		return nil, fmt.Errorf("LookupEvents: %d %s", r.status, r.body)
	}
	var page struct {
		Events []struct{ CloudTrailEvent string }
	}
	if err := json.Unmarshal(r.body, &page); err != nil {
		return nil, fmt.Errorf("LookupEvents: %w", err)
	}
	out := make([]event, len(page.Events))
	for i, e := range page.Events {
		if err := json.Unmarshal([]byte(e.CloudTrailEvent), &out[i]); err != nil {
			return nil, fmt.Errorf("read an event: %w", err)
		}
	}
	return out, nil
}

// json calls an operation of a service that speaks JSON.
func (c *demoClient) json(ctx context.Context, who person, service, action string, input any) (*reply, error) {
	body, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	r, err := c.send(ctx, who, service, body, http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {targetPrefix(service) + "." + action},
	})
	if err != nil {
		return nil, err
	}
	if err := r.readJSON(); err != nil {
		return nil, fmt.Errorf("%s:%s: %w", service, action, err)
	}
	return r, nil
}

// readJSON reads the members of an answer in JSON, and what failed.
func (r *reply) readJSON() error {
	r.texts = map[string]string{}
	if len(r.body) > 0 {
		var answer any
		if err := json.Unmarshal(r.body, &answer); err != nil {
			return err
		}
		members(answer, r.texts)
	}
	if r.status >= 300 {
		kind, _, _ := strings.Cut(cmp.Or(r.texts["__type"], r.header.Get("X-Amzn-Errortype")), ":")
		r.code, r.message = kind[strings.LastIndexByte(kind, '#')+1:], r.texts["Message"]+r.texts["message"]
	}
	return nil
}

// restJSON calls an operation of Lambda: all of those here are posted.
func (c *demoClient) restJSON(ctx context.Context, who person, service, path string, input any) (*reply, error) {
	body, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	r, err := c.sign(req, who, service, body)
	if err != nil {
		return nil, err
	}
	if err := r.readJSON(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", service, path, err)
	}
	return r, nil
}

// targetPrefix is what the header X-Amz-Target begins with, of services that speak JSON.
func targetPrefix(service string) string {
	switch service {
	case "cloudtrail":
		return cloudtrail.API.TargetPrefix
	case "kms":
		return kms.API.TargetPrefix
	case "events":
		return events.API.TargetPrefix
	case "logs":
		return logs.API.TargetPrefix
	case "organizations":
		return organizations.API.TargetPrefix
	}
	return vaubanapi.API.TargetPrefix
}

// members collects the texts of all members of a JSON value, the first of each name.
func members(v any, into map[string]string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			members(item, into)
		}
	case map[string]any:
		for name, member := range v {
			if text, ok := member.(string); ok && into[name] == "" {
				into[name] = text
			}
			members(member, into)
		}
	}
}

// object is a request to S3.
type object struct {
	method string // "" means GET
	path   string // with the query
	body   string
	header http.Header
}

// rest calls S3.
func (c *demoClient) rest(ctx context.Context, who person, o *object) (*reply, error) {
	method := o.method
	if method == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+o.path, strings.NewReader(o.body))
	if err != nil {
		return nil, err
	}
	for name, values := range o.header {
		r.Header[name] = values
	}
	r.Header.Set("X-Amz-Content-Sha256", sigv4.PayloadHash([]byte(o.body)))
	answer, err := c.sign(r, who, "s3", []byte(o.body))
	if err == nil && answer.status >= 300 {
		answer.texts = elements(answer.body)
		answer.code, answer.message = answer.texts["Code"], answer.texts["Message"]
	}
	return answer, err
}

func (c *demoClient) send(ctx context.Context, who person, service string, body []byte, header http.Header) (*reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = header
	return c.sign(r, who, service, body)
}

func (c *demoClient) sign(r *http.Request, who person, service string, body []byte) (*reply, error) {
	r.Header.Set("User-Agent", "vauban-demo")
	signer := &sigv4.Signer{AccessKeyID: who.key, Secret: sigv4.SecretKey(who.secret), SessionToken: who.token, Region: "us-east-1", Service: service}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Now()); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	res, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	return &reply{status: res.StatusCode, body: b, header: res.Header}, err
}

// elements collects the text of each element of an XML document, the first of each name.
func elements(doc []byte) map[string]string {
	out := map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(doc))
	var name string
	for {
		t, err := d.Token()
		if err != nil {
			return out
		}
		switch t := t.(type) {
		case xml.StartElement:
			name = t.Name.Local
		case xml.CharData:
			if _, seen := out[name]; !seen && strings.TrimSpace(string(t)) != "" {
				out[name] = string(t)
			}
		}
	}
}
