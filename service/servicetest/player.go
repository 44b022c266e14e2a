package servicetest

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vauban/api/wire"
	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/service"
	"vauban/service/all"
)

type credentials struct{ ID, Secret, Token string }

type player struct {
	server *server.Server
	clock  *clock
	keys   map[string]credentials
	vars   map[string]string
	names  map[string]string // random text → stable name
	counts map[string]int
	last   answer
	again  func(*testing.T) // makes the last call
}

// answer is the last response.
type answer struct {
	name      string
	status    int
	body      string
	requestID string
	header    []string // of S3, which answers in headers: those that are not in every answer
}

func (p *player) expand(s string) string {
	return os.Expand(s, func(name string) string {
		if v, ok := p.vars[name]; ok {
			return v
		}
		return "${" + name + "}" // policy variables stay
	})
}

// call sends one request as a client would and keeps the response.
func (p *player) call(t *testing.T, who, svc, op, input string) {
	p.again = func(t *testing.T) { p.call(t, who, svc, op, input) }
	api := description(t, svc)
	r, body := request(api, op, input)
	who, region, elsewhere := strings.Cut(who, "@")
	if !elsewhere {
		region = "us-east-1"
	}
	if who != "nobody" {
		k, ok := p.keys[who]
		if !ok {
			t.Fatalf("nobody knows the keys of %q", who)
		}
		signer := &sigv4.Signer{AccessKeyID: k.ID, Secret: sigv4.SecretKey(k.Secret), SessionToken: k.Token, Region: region, Service: api.SigningName}
		if err := signer.Sign(r, sigv4.PayloadHash(body), p.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	p.last = answer{name: who + " " + op, status: w.Code, body: w.Body.String(), requestID: w.Header().Get("X-Amzn-Requestid")}
	if api.BareErrors {
		p.last.header = told(w.Header())
	}
}

// told are the headers that tell of the call itself, each as a line.
func told(h http.Header) (lines []string) {
	sealed := h.Get("X-Amz-Server-Side-Encryption") == "aws:kms" || h.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm") != ""
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "Etag" && sealed {
			continue // not the bytes' own, but random
		}
		if !slices.Contains([]string{"X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amz-Id-2", "X-Vauban-Authorization-Message", "Date"}, name) {
			lines = append(lines, name+": "+strings.Join(h[name], ", ")+"\n")
		}
	}
	return lines
}

func description(t *testing.T, name string) *wire.Service {
	for _, s := range all.Services(service.Deps{}, nil) {
		if s.API().Name == name {
			return s.API()
		}
	}
	t.Fatalf("there is no service %q", name)
	return nil
}

// request is the call as a client sends it, before it is signed, and its body.
func request(api *wire.Service, op, input string) (*http.Request, []byte) {
	var r *http.Request
	switch {
	case slices.Contains(api.Protocols, wire.AWSQuery), slices.Contains(api.Protocols, wire.EC2Query):
		form := url.Values{"Action": {op}, "Version": {api.Version}}
		last := ""
		for line := range strings.Lines(input) {
			line = strings.TrimRight(line, "\n")
			if more, ok := strings.CutPrefix(line, "\t"); ok && last != "" {
				form.Set(last, form.Get(last)+"\n"+more)
			} else if k, v, ok := strings.Cut(line, "="); ok {
				last = k
				form.Set(k, v)
			}
		}
		input = form.Encode()
		r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(input))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	case slices.Contains(api.Protocols, wire.RESTJSON1), slices.Contains(api.Protocols, wire.RESTXML):
		i := slices.IndexFunc(api.Operations, func(o *wire.Operation) bool { return o.Name == op })
		uri, header, body := bind(api.Operations[i], input)
		input = body
		r = httptest.NewRequest(api.Operations[i].Method, uri, strings.NewReader(input))
		if slices.Contains(api.Protocols, wire.RESTJSON1) {
			r.Header.Set("Content-Type", "application/json")
		}
		if api.Operations[i].Checked && r.Header.Get("Content-Md5") == "" {
			sum := md5.Sum([]byte(input))
			r.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
		}
		maps.Copy(r.Header, header)
	default:
		r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(input))
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", api.TargetPrefix+"."+op)
	}
	r.Host, r.RemoteAddr = "vauban.test", "192.0.2.10:4711"
	r.Header.Set("User-Agent", "servicetest/1")
	return r, []byte(input)
}

// find finds the record of the request, among management events and, if it is none of them, in the whole log.
func (p *player) find(t *testing.T, requestID string) json.RawMessage {
	if found := p.lookup(t, requestID); found != nil {
		return found
	}
	for after := int64(0); ; {
		entries, err := p.server.Log().Read(context.Background(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return nil
		}
		for _, e := range entries {
			if after = e.Seq; strings.Contains(string(e.Record), `"requestID":"`+requestID+`"`) {
				return e.Record
			}
		}
	}
}

// lookup finds the record of the request, in whichever account that the conversation knows: records are durable before the answer leaves. Of a
// call that two accounts share, it is the caller's own: the other does not see who called.
func (p *player) lookup(t *testing.T, requestID string) (found json.RawMessage) {
	for _, account := range slices.Sorted(maps.Values(p.vars)) {
		if !accountID.MatchString(account) {
			continue
		}
		entries, _, err := p.server.Log().Lookup(context.Background(), eventlog.Query{Account: account, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !strings.Contains(string(e.Record), `"requestID":"`+requestID+`"`) {
				continue
			}
			if !strings.Contains(string(e.Record), `"type":"AWSAccount"`) {
				return e.Record
			}
			found = e.Record
		}
	}
	if found == nil {
		return p.findData(t, requestID)
	}
	return found
}

// findData finds the record of a data event, which no look-up knows: the whole log is read.
func (p *player) findData(t *testing.T, requestID string) json.RawMessage {
	for after := int64(0); ; {
		entries, err := p.server.Log().Read(context.Background(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return nil
		}
		for _, e := range entries {
			if strings.Contains(string(e.Record), `"requestID":"`+requestID+`"`) {
				return e.Record
			}
			after = e.Seq
		}
	}
}

func (a *answer) shown(p *player) string {
	body := a.body
	if strings.HasPrefix(body, "<") {
		body = breakXML(body)
	}
	return fmt.Sprintf("%d\n%s%s\n", a.status, p.normal(strings.Join(a.header, "")), strings.TrimRight(p.normal(body), "\n"))
}

// breakXML puts elements on lines of their own, so that differences are seen.
func breakXML(s string) string { return strings.ReplaceAll(s, "><", ">\n<") }

var texts = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// member is the text of the first element or JSON string member of that name.
func (a *answer) member(t *testing.T, tag string) string {
	if !texts.MatchString(tag) {
		t.Fatalf("%q is not a member name", tag)
	}
	if text, ok := a.find(tag); ok {
		return text
	}
	t.Fatalf("the response to %q has no %s:\n%s", a.name, tag, a.body)
	return ""
}

func (a *answer) find(tag string) (string, bool) {
	if m := regexp.MustCompile(`<` + tag + `>([^<]*)</` + tag + `>`).FindStringSubmatch(a.body); m != nil {
		return html.UnescapeString(m[1]), true
	}
	if m := regexp.MustCompile(`"(?i:` + tag[:1] + `)` + tag[1:] + `":\s*("(?:[^"\\]|\\.)*")`).FindStringSubmatch(a.body); m != nil {
		var s string
		if err := json.Unmarshal([]byte(m[1]), &s); err == nil {
			return s, true
		}
	}
	if m := regexp.MustCompile(`"(?i:` + tag[:1] + `)` + tag[1:] + `":\s*(-?[0-9][0-9.eE+-]*|true|false)`).FindStringSubmatch(a.body); m != nil {
		return m[1], true
	}
	for _, line := range a.header {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if strings.ReplaceAll(strings.TrimPrefix(name, "X-Amz-"), "-", "") == tag {
			return value, true
		}
	}
	return "", false
}

func (a *answer) credentials(t *testing.T) credentials {
	c := credentials{ID: a.member(t, "AccessKeyId"), Secret: a.member(t, "SecretAccessKey")}
	if strings.Contains(strings.ToLower(a.body), "sessiontoken") {
		c.Token = a.member(t, "SessionToken")
	}
	return c
}

// random is what differs between runs. Fixed keys that tests choose do not match.
// They also stand inside percent-encoded documents.
var random = regexp.MustCompile(`(?:\b|%22)(AIDA|AGPA|AROA|ANPA|AIPA|ASCA|APKA|ACCA|AKIA|ASIA|SAMLSP|SAMLPK)[A-Z2-7]{16,17}\b` +
	`|\b(o-[a-z0-9]{10}|oi-[0-9a-f]{12}|r-[a-z0-9]{4}|ou-[a-z0-9]{4}-[a-z0-9]{8}|p-[a-z0-9]{10}|h-[a-z0-9]{32}|rp-[a-z0-9]{8}|car-[a-z0-9]{32}|csc-[0-9a-f]{17})\b` +
	`|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b` +
	`|<(SecretAccessKey|SessionToken|Base32StringSeed|QRCodePNG|EncodedAuthorizationMessage|Marker|ServicePassword|ServiceCredentialSecret|CertificateId` +
	`|HostId|VersionId|UploadId|NextVersionIdMarker|VersionIdMarker|UploadIdMarker|NextUploadIdMarker|ContinuationToken|NextContinuationToken|DeleteMarkerVersionId)>[^<]*<` +
	`|\b(X-Amz-Version-Id|Content-Length): [^\n]*` +
	`|"(secretAccessKey|sessionToken|NextToken|nextToken|CiphertextBlob|GrantToken|NextMarker|ReceiptHandle|receiptHandle|TaskHandle|taskHandle)":"[^"]*"` +
	`|"[sS]equenceNumber":"[0-9]{20}"` +
	`|\b[0-9]{56}\b` + // places of log events
	`|Value [A-Za-z0-9_-]{60,} for` + // a receipt handle in an error
	`|"Plaintext":"[A-Za-z0-9+/=]{44,}"` + // data keys; texts of conversations are shorter
	`|"(Signature|Mac|PublicKey|SharedSecret|PrivateKeyCiphertextBlob|PrivateKeyPlaintext|ImportToken)":"[^"]*"` +
	`|\bmrk-[0-9a-f]{32}\b|\b[0-9a-f]{64}\b` + // keys, and generations of their material
	`|"(Position|Total)":[0-9]+`) // places in the log, whose numbers have gaps

var (
	accountID      = regexp.MustCompile(`^[0-9]{12}$`)
	policyVersion  = regexp.MustCompile(`^<VersionId>v[0-9]+<$`)
	organizationID = regexp.MustCompile(`^(o|oi|r|ou|p|h|rp|car|csc)-`)
)

// normal replaces random text by stable names, in the order of first sight, and the IDs of accounts by the names that they were given.
func (p *player) normal(s string) string {
	for name, v := range p.vars {
		if name != "account" && accountID.MatchString(v) {
			s = strings.ReplaceAll(s, v, "${"+name+"}")
		}
	}
	if p.names == nil {
		p.names, p.counts = map[string]string{}, map[string]int{}
	}
	return random.ReplaceAllStringFunc(s, func(m string) string {
		if strings.Contains(m, "HIDDEN_DUE_TO_SECURITY_REASONS") {
			return m // what a record hides must be seen to be hidden
		}
		if policyVersion.MatchString(m) {
			return m // S3's are random, IAM's count
		}
		if id, ok := strings.CutPrefix(m, "%22"); ok {
			return "%22" + p.normal(id)
		}
		if name, ok := p.names[m]; ok {
			return name
		}
		kind := "uuid"
		switch {
		case m[0] == '<':
			kind = m[1:strings.IndexByte(m, '>')]
			return "<" + kind + ">…<"
		case m[0] == '"':
			return m[:strings.IndexByte(m, ':')] + `:"…"`
		case strings.HasPrefix(m, "X-Amz-"), strings.HasPrefix(m, "Content-"):
			return m[:strings.IndexByte(m, ':')] + ": …"
		case m[0] == 'A', m[0] == 'S':
			kind = m[:4]
		case strings.HasPrefix(m, "Value "):
			return "Value … for"
		case strings.HasPrefix(m, "mrk-"):
			kind = "mrk"
		case len(m) == 56:
			kind = "place"
		case len(m) == 64:
			kind = "material"
		case organizationID.MatchString(m):
			kind = m[:strings.IndexByte(m, '-')]
		}
		p.counts[kind]++
		p.names[m] = fmt.Sprintf("%s-%d", kind, p.counts[kind])
		return p.names[m]
	})
}

// totp is RFC 6238's code, computed apart from the engine under test.
func totp(t *testing.T, seed string, at time.Time) string {
	if b, err := base64.StdEncoding.DecodeString(seed); err == nil && len(seed) > 64 {
		seed = string(b) // IAM's Base32StringSeed is a blob
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(seed), "="))
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(sha1.New, key)
	_ = binary.Write(h, binary.BigEndian, at.Unix()/30)
	sum := h.Sum(nil)
	o := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[o:])&0x7fffffff%1_000_000)
}
