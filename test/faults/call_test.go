package faults

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"vauban/gateway/sigv4"
)

// reply is what came back.
type reply struct {
	status  int
	code    string // of the error, "" on success
	request string // ID
	body    string
}

var (
	codeInXML = regexp.MustCompile(`<Code>([^<]*)</Code>`)
	userInXML = regexp.MustCompile(`<UserName>([^<]*)</UserName>`)
	markerXML = regexp.MustCompile(`<Marker>([^<]*)</Marker>`)
)

// field is the text of an element of an answer.
func (a reply) field(name string) string {
	m := regexp.MustCompile(`<` + name + `>([^<]*)</` + name + `>`).FindStringSubmatch(a.body)
	if m == nil {
		return ""
	}
	return m[1]
}

// call performs a signed call of IAM or STS. An error says that no answer came.
func (r *replica) call(who sigv4.Signer, service, action string, pairs ...string) (reply, error) {
	form := url.Values{"Action": {action}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	who.Service = service
	return r.send(who, "application/x-www-form-urlencoded", "", form.Encode())
}

func (r *replica) send(who sigv4.Signer, contentType, target, body string) (reply, error) {
	req, err := http.NewRequest(http.MethodPost, r.url+"/", strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", contentType)
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	if err := who.Sign(req, sigv4.PayloadHash([]byte(body)), time.Now()); err != nil {
		return reply{}, err
	}
	res, err := r.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	a := reply{status: res.StatusCode, body: string(b), request: res.Header.Get("X-Amzn-Requestid")}
	if m := codeInXML.FindStringSubmatch(a.body); m != nil {
		a.code = m[1]
	}
	var failure struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(b, &failure) == nil {
		a.code = failure.Type
	}
	return a, err
}

// must performs a call that is to succeed.
func (r *replica) must(who sigv4.Signer, service, action string, pairs ...string) reply {
	r.t.Helper()
	a, err := r.call(who, service, action, pairs...)
	if err != nil || a.status != http.StatusOK {
		r.t.Fatalf("%s: %v %d %s", action, err, a.status, a.body)
	}
	return a
}

// users are the names of all users.
func (r *replica) users() map[string]bool {
	r.t.Helper()
	found := map[string]bool{}
	for marker := ""; ; {
		pairs := []string{"MaxItems", "1000"}
		if marker != "" {
			pairs = append(pairs, "Marker", marker)
		}
		a := r.must(r.admin, "iam", "ListUsers", pairs...)
		for _, m := range userInXML.FindAllStringSubmatch(a.body, -1) {
			found[m[1]] = true
		}
		m := markerXML.FindStringSubmatch(a.body)
		if m == nil {
			return found
		}
		marker = m[1]
	}
}

// event is what the tests look at in a record.
type event struct {
	ID, Name, Request, Key, User, Error string
	Time                                string
}

// lookup is LookupEvents by one attribute, all pages.
func (r *replica) lookup(attribute, value string) []event {
	r.t.Helper()
	var found []event
	in := map[string]any{"LookupAttributes": []map[string]string{{"AttributeKey": attribute, "AttributeValue": value}}}
	for {
		a, err := r.lookupPage(in)
		if err != nil || a.status != http.StatusOK {
			r.t.Fatalf("LookupEvents: %v %d %s", err, a.status, a.body)
		}
		var page struct {
			Events    []struct{ CloudTrailEvent string }
			NextToken string
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil {
			r.t.Fatal(err)
		}
		for _, e := range page.Events {
			var record struct {
				EventID, EventName, EventTime, RequestID, ErrorCode string
				UserIdentity                                        struct{ AccessKeyID string }
				RequestParameters                                   struct{ UserName string }
			}
			if err := json.Unmarshal([]byte(e.CloudTrailEvent), &record); err != nil {
				r.t.Fatalf("a record: %v in %s", err, e.CloudTrailEvent)
			}
			found = append(found, event{ID: record.EventID, Name: record.EventName, Request: record.RequestID, Key: record.UserIdentity.AccessKeyID,
				User: record.RequestParameters.UserName, Error: record.ErrorCode, Time: record.EventTime})
		}
		if page.NextToken == "" {
			return found
		}
		in["NextToken"] = page.NextToken
	}
}

func (r *replica) lookupPage(in any) (reply, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return reply{}, err
	}
	who := r.admin
	who.Service = "cloudtrail"
	return r.send(who, "application/x-amz-json-1.1", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", string(body))
}
