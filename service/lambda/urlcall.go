package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

const urlOperation = "InvokeFunctionUrl"

// WebOperation implements [service.Web].
func (s *Service) WebOperation() string { return urlOperation }

var _ service.Web = (*Service)(nil)

// urlInvocation is the row of requests at function URLs. No model has the operation: the requests are whatever a client sends.
func (s *Service) urlInvocation() service.Row {
	op := &wire.Operation{
		Service: api.API, Name: urlOperation, Method: http.MethodPost, URI: "/", Status: http.StatusOK,
		Input: reflect.TypeFor[service.WebAddress](), Output: reflect.TypeFor[struct{}](),
		Actions: []wire.Action{{Name: "lambda:InvokeFunctionUrl", Level: 'W'}},
	}
	row := service.Acts(op, s.onURLInvocation, s.invokeURL).OnData().WithoutSignature()
	return row.Takes(maxPayload).Lasts(maxWait)
}

// urlFind is what a request at a URL is about.
type urlFind struct {
	url     *FunctionURL
	subject *subject
}

// onURLInvocation asks for the two permissions that a caller at a URL needs. Developer guide: "Control access to Lambda function URLs".
func (s *Service) onURLInvocation(c *service.Call, in *service.WebRequest) ([]service.Question, error) {
	u, err := urls.ByUnique(c.Tx, "id", store.K(bounded(wire.Text(in.Address.ID), 64)))
	if store.IsAbsent(err) {
		return nil, missing("There is no function URL of that address.")
	}
	if err != nil {
		return nil, err
	}
	x, err := s.look(c.Tx, u.name(), true)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, x)
	if err != nil {
		return nil, err
	}
	q.Context["lambda:FunctionUrlAuthType"] = []string{u.AuthType}
	run := q
	run.Context = maps.Clone(q.Context)
	run.Action = "lambda:InvokeFunction"
	run.Context["lambda:InvokedViaFunctionUrl"] = []string{"true"}
	c.Found = &urlFind{u, x}
	return []service.Question{q, run}, nil
}

// invokeURL runs the function with the request as its event.
func (s *Service) invokeURL(c *service.Call, in *service.WebRequest) (*service.WebResponse, error) {
	f := c.Found.(*urlFind)
	if f.subject.function == nil || f.subject.config == nil {
		return nil, noFunction(f.url.name())
	}
	if f.url.AuthType == api.FunctionUrlAuthTypeAwsIam && c.Caller.Kind == policy.Anonymous {
		return nil, accessDenied.New("Forbidden")
	}
	payload, err := json.Marshal(s.urlEvent(c, f, in))
	if err != nil {
		return nil, err
	}
	if len(payload) > maxPayload {
		return webError(http.StatusRequestEntityTooLarge, "Request Entity Too Large"), nil
	}
	there := *c
	there.Region = f.url.Region
	out, err := s.run(&there, c.Door, f.subject, &event{id: c.RequestID, payload: payload})
	var e *wire.Error
	switch {
	case errors.As(err, &e) && e.Shape.Status == http.StatusTooManyRequests:
		return webError(http.StatusTooManyRequests, "Rate Exceeded."), nil
	case err != nil:
		return nil, err
	}
	answer := webError(http.StatusBadGateway, "Internal Server Error")
	if !out.failed {
		if answer, err = urlAnswer(out.payload); err != nil {
			answer = webError(http.StatusBadGateway, "Internal Server Error")
		}
	}
	maps.Copy(answer.Header, f.url.Cors.headers(in.Header.Get("Origin"), "", nil, false))
	return answer, nil
}

func webError(status int, text string) *service.WebResponse {
	return &service.WebResponse{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: mustJSON(map[string]string{"Message": text})}
}

// urlEvent is a request as functions see it. Developer guide: "Invoking Lambda function URLs", request payload format, version 2.0.
func (s *Service) urlEvent(c *service.Call, f *urlFind, in *service.WebRequest) map[string]any {
	path, err := url.PathUnescape(wire.Text(in.Address.Path))
	if err != nil {
		path = wire.Text(in.Address.Path)
	}
	headers := map[string]string{"host": wire.Text(in.Address.Host)}
	signed, rawQuery := c.Caller.Kind != policy.Anonymous, in.RawQuery
	for k, v := range in.Header {
		if k != "Cookie" && (!signed || !isCredential(k)) {
			headers[strings.ToLower(k)] = strings.Join(v, ",")
		}
	}
	if signed {
		rawQuery = withoutCredentials(rawQuery)
	}
	request := map[string]any{
		"accountId": "anonymous", "apiId": f.url.ID, "domainName": wire.Text(in.Address.Host), "domainPrefix": f.url.ID, "requestId": c.RequestID,
		"routeKey": "$default", "stage": "$default", "time": c.Time.UTC().Format("02/Jan/2006:15:04:05 -0700"), "timeEpoch": c.Time.UnixMilli(),
		"http": map[string]any{"method": wire.Text(in.Address.Method), "path": path, "protocol": "HTTP/1.1", "sourceIp": c.SourceIP.String(), "userAgent": c.UserAgent},
	}
	if signed {
		request["accountId"] = c.Caller.Account
		request["authorizer"] = map[string]any{"iam": map[string]any{
			"accessKey": c.Caller.AccessKeyID, "accountId": c.Caller.Account, "callerId": c.Caller.UserID, "cognitoIdentity": nil, "principalOrgId": nil,
			"userArn": c.Caller.ARN, "userId": c.Caller.UserID,
		}}
	}
	e := map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": rawQuery, "headers": headers, "requestContext": request, "isBase64Encoded": false,
	}
	if values, err := url.ParseQuery(rawQuery); err == nil && len(values) > 0 {
		query := map[string]string{}
		for k, v := range values {
			query[k] = strings.Join(v, ",")
		}
		e["queryStringParameters"] = query
	}
	var cookies []string
	for _, line := range in.Header["Cookie"] {
		for part := range strings.SplitSeq(line, "; ") {
			cookies = append(cookies, part)
		}
	}
	if cookies != nil {
		e["cookies"] = cookies
	}
	switch {
	case len(in.Body) == 0:
	case isText(in.Header.Get("Content-Type")) && utf8.Valid(in.Body):
		e["body"] = string(in.Body)
	default:
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString(in.Body), true
	}
	return e
}

// isCredential reports whether a header or parameter lets who has it make the request again in the caller's name: it is no business of the function's.
func isCredential(name string) bool {
	return slices.ContainsFunc([]string{"Authorization", "X-Amz-Signature", "X-Amz-Security-Token"}, func(s string) bool { return strings.EqualFold(s, name) })
}

// withoutCredentials is a query, otherwise as the client wrote it.
func withoutCredentials(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(key); err != nil || !isCredential(name) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// isText reports whether a body of that type is given to the function as it is.
func isText(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasPrefix(t, "text/") || slices.Contains([]string{"application/json", "application/xml", "application/javascript"}, t))
}

// urlAnswer reads what a function answered: an answer with a status, or anything else, which is a body of JSON.
func urlAnswer(payload []byte) (*service.WebResponse, error) {
	var a struct {
		Status  *json.Number    `json:"statusCode"`
		Headers map[string]any  `json:"headers"`
		Cookies []string        `json:"cookies"`
		Body    json.RawMessage `json:"body"`
		Base64  bool            `json:"isBase64Encoded"`
	}
	out := &service.WebResponse{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}}
	if err := json.Unmarshal(payload, &a); err != nil || a.Status == nil {
		out.Body = payload
		var text string
		if json.Unmarshal(payload, &text) == nil {
			out.Body = []byte(text)
		}
		return out, nil
	}
	status, err := a.Status.Int64()
	if err != nil || status < 200 || status > 599 {
		return nil, fmt.Errorf("the status %s is not one of an answer", *a.Status)
	}
	out.Status = int(status)
	for k, v := range a.Headers {
		if validHeader(k) && !foreign(k) {
			out.Header.Set(k, clean(fmt.Sprint(v)))
		}
	}
	for _, cookie := range a.Cookies {
		out.Header.Add("Set-Cookie", clean(cookie))
	}
	var text string
	if len(a.Body) > 0 && json.Unmarshal(a.Body, &text) != nil {
		out.Body = a.Body
		return out, nil
	}
	out.Body = []byte(text)
	if a.Base64 {
		out.Body, err = base64.StdEncoding.DecodeString(text)
	}
	return out, err
}

// validHeader reports whether a name can be one of a header.
func validHeader(name string) bool {
	return name != "" && len(name) < 256 && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

// foreign reports whether a header belongs to the connection, or to the whole origin, which other functions and the API share: neither is the function's.
func foreign(name string) bool {
	return slices.Contains([]string{
		"connection", "content-length", "transfer-encoding", "upgrade", "trailer", "keep-alive", "x-amzn-requestid",
		"service-worker-allowed", "clear-site-data", "strict-transport-security",
	}, strings.ToLower(name))
}

func clean(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, value)
}

// CrossOrigin implements [service.CrossOrigin] for function URLs. The path is the URL's ID.
func (s *Service) CrossOrigin(tx store.Tx, r service.BrowserRequest) (http.Header, error) {
	u, err := urls.ByUnique(tx, "id", store.K(bounded(r.Path, 64)))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return u.Cors.headers(r.Origin, r.Method, r.Headers, r.Preflight), nil
}

var _ service.CrossOrigin = (*Service)(nil)

// headers tell a browser what a page of the origin may do; none when it may not. Developer guide: "Cross-origin resource sharing (CORS)".
func (k *Cors) headers(origin, method string, asked []string, preflight bool) http.Header {
	if k == nil || origin == "" || !listed(k.Origins, origin) {
		return nil
	}
	h := http.Header{"Access-Control-Allow-Origin": {origin}, "Vary": {"Origin"}}
	if k.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(k.Shown) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(k.Shown, ","))
	}
	if !preflight {
		return h
	}
	if !listed(k.Methods, method) {
		return nil
	}
	for _, name := range asked {
		if !listed(k.Headers, name) {
			return nil
		}
	}
	h.Set("Access-Control-Allow-Methods", method)
	if len(asked) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(asked, ","))
	}
	if k.MaxAge != nil {
		h.Set("Access-Control-Max-Age", fmt.Sprint(*k.MaxAge))
	}
	return h
}

// listed reports whether a list has the text, in any case, or "*".
func listed(list []string, text string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return s == "*" || strings.EqualFold(s, text) })
}
