package gateway_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/gateway"
	"vauban/gateway/sigv4"
	"vauban/service"
)

// jars is a service whose bodies stream: what is put into a jar is given out again.
type jars struct {
	lid  *policy.Document // who may look in without a signature
	kept map[string][]byte
	seen error // what reading the last body answered
	cut  bool  // the answer breaks off
}

type jarInput struct {
	Bucket  *string       `api:",label,required"`
	Key     *string       `api:",label,required"`
	Coding  *string       `api:",header=Content-Encoding"`
	Content io.ReadCloser `api:",payload"`
}

type jarAsked struct {
	Bucket *string `api:",label,required"`
	Key    *string `api:",label,required"`
}

type jarOutput struct {
	Length  *int64        `api:",header=Content-Length"`
	Content io.ReadCloser `api:",payload"`
}

type jarKept struct {
	Coding *string `api:",header=X-Coding"`
}

var jarsAPI = wire.NewService(&wire.Service{
	Name: "s3", SigningName: "s3", ARNNamespace: "s3", EventSource: "s3.test", TargetPrefix: "Jars", Protocols: []wire.Protocol{wire.RESTXML}, BareErrors: true,
	Operations: []*wire.Operation{
		jarOp("PutJar", http.MethodPut, reflect.TypeFor[jarInput](), reflect.TypeFor[jarKept]()),
		jarOp("GetJar", http.MethodGet, reflect.TypeFor[jarAsked](), reflect.TypeFor[jarOutput]()),
	},
})

func jarOp(name, method string, in, out reflect.Type) *wire.Operation {
	return &wire.Operation{Name: name, Method: method, URI: "/{Bucket}/{Key+}", Status: 200, ReadOnly: method == http.MethodGet, Input: in, Output: out,
		Actions: []wire.Action{{Name: "s3:" + name, Level: wire.LevelWrite}}}
}

func (*jars) API() *wire.Service { return jarsAPI }

func (j *jars) question(bucket, key *string) ([]service.Question, error) {
	return []service.Question{{Resource: "arn:aws:s3:::" + *bucket + "/" + *key, Policy: &policy.Named{Name: "lid", Document: j.lid}}}, nil
}

func (j *jars) Operations() []service.Row {
	put := func(_ *service.Call, in *jarInput) ([]service.Question, error) { return j.question(in.Bucket, in.Key) }
	get := func(_ *service.Call, in *jarAsked) ([]service.Question, error) { return j.question(in.Bucket, in.Key) }
	return []service.Row{
		service.Acts(jarsAPI.Operation("PutJar"), put, func(_ *service.Call, in *jarInput) (*jarKept, error) {
			var b []byte
			if b, j.seen = io.ReadAll(in.Content); j.seen != nil {
				return nil, j.seen
			}
			j.kept[*in.Bucket+"/"+*in.Key] = b
			return &jarKept{Coding: in.Coding}, nil
		}),
		service.Acts(jarsAPI.Operation("GetJar"), get, func(_ *service.Call, in *jarAsked) (*jarOutput, error) {
			b := j.kept[*in.Bucket+"/"+*in.Key]
			n := int64(len(b))
			if j.cut {
				return &jarOutput{Length: &n, Content: io.NopCloser(io.MultiReader(bytes.NewReader(b[:n/2]), broken{}))}, nil
			}
			return &jarOutput{Length: &n, Content: io.NopCloser(bytes.NewReader(b))}, nil
		}).WithoutSignature(),
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func newJars(t *testing.T) (*house, *jars) {
	t.Helper()
	lid, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetJar","Resource":"arn:aws:s3:::open/*"}}`))
	if err != nil {
		t.Fatal(err)
	}
	j := &jars{lid: lid, kept: map[string][]byte{}}
	return newHouse(t, gateway.Limits{Body: 1 << 10}, j), j
}

// ask sends a request that is signed for S3 with the hash of what is announced.
func (h *house) ask(t *testing.T, method, url, announced, sent string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, url, strings.NewReader(announced))
	r.RemoteAddr = "192.0.2.7:1234"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	s := &sigv4.Signer{AccessKeyID: "AKIATESTTESTTESTROOT", Secret: secretOf("root"), Region: "us-east-1", Service: "s3"}
	r.Header.Set("X-Amz-Content-Sha256", sigv4.PayloadHash([]byte(announced)))
	if err := s.Sign(r, sigv4.PayloadHash([]byte(announced)), h.now); err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(strings.NewReader(sent))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestBodiesStream: a body that is larger than those that are held passes, whole or not at all.
func TestBodiesStream(t *testing.T) {
	h, j := newJars(t)
	large := strings.Repeat("jam and honey, ", 1<<17)
	if w := h.ask(t, http.MethodPut, "https://127.0.0.1/bucket/a%20b//c/", large, large, "Content-Encoding", "aws-chunked, gzip"); w.Code != 200 || w.Header().Get("X-Coding") != "gzip" {
		t.Fatalf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if got := j.kept["bucket/a b//c/"]; string(got) != large {
		t.Errorf("%d bytes are kept of %d", len(got), len(large))
	}
	w := h.ask(t, http.MethodGet, "https://127.0.0.1/bucket/a%20b//c/", "", "")
	if w.Code != 200 || w.Body.String() != large {
		t.Errorf("given out: %d, %d bytes", w.Code, w.Body.Len())
	}
	w = h.ask(t, http.MethodPut, "https://127.0.0.1/bucket/other", large, large[:len(large)-1]+"!")
	if w.Code != 400 || !strings.Contains(w.Body.String(), "XAmzContentSHA256Mismatch") || j.seen == nil || j.kept["bucket/other"] != nil {
		t.Errorf("another body than was signed: %d %s", w.Code, w.Body)
	}
	if trail := h.trail(t); len(trail) != 3 || trail[0].ErrorCode != "XAmzContentSHA256Mismatch" {
		t.Errorf("trail: %+v", trail)
	}
}

// TestFormIsNoForm: what is put into a bucket is not read as a query call, whatever a client calls it.
func TestFormIsNoForm(t *testing.T) {
	h, j := newJars(t)
	const body = "Action=GetNote&Version=2026-01-01&Name=a"
	if w := h.ask(t, http.MethodPut, "https://127.0.0.1/bucket/form", body, body, "Content-Type", "application/x-www-form-urlencoded"); w.Code != 200 || string(j.kept["bucket/form"]) != body {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestBucketInTheHost: the bucket may be in the host's name, with and without a signature.
func TestBucketInTheHost(t *testing.T) {
	h, j := newJars(t)
	if w := h.ask(t, http.MethodPut, "https://open.s3.localhost:8443/a", "jam", "jam"); w.Code != 200 || string(j.kept["open/a"]) != "jam" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for url, code := range map[string]int{
		"https://open.s3.localhost:8443/a": 200, "https://localhost/open/a": 200, "https://my.open.s3.localhost/a": 403, "https://shut.s3.localhost/a": 403, "https://localhost/shut/a": 403,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		if w.Code != code || code == 200 && w.Body.String() != "jam" {
			t.Errorf("%s without a signature: %d %s", url, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPut, "https://open.s3.localhost:8443/a", strings.NewReader("mud")))
	if w.Code != 403 || string(j.kept["open/a"]) != "jam" {
		t.Errorf("put without a signature: %d %s", w.Code, w.Body)
	}
}

// TestABrokenAnswerIsNotWhole: when the bytes end early, so does the connection.
func TestABrokenAnswerIsNotWhole(t *testing.T) {
	h, j := newJars(t)
	j.kept["open/a"], j.cut = bytes.Repeat([]byte("jam"), 1<<16), true
	s := httptest.NewServer(h)
	defer s.Close()
	res, err := http.Get(s.URL + "/open/a")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("%d bytes of %d were taken for the whole", len(b), len(j.kept["open/a"]))
	}
}

// TestDoorOfJobs: work that no client asked for is authorised as what it says it is, and recorded.
func TestDoorOfJobs(t *testing.T) {
	h, _ := newJars(t)
	w := &service.Work{Context: t.Context(), Time: h.now, Partition: "aws", Door: h.Door()}
	as := service.AsService("trail.amazonaws.com", "arn:aws:trail:::t", "111122223333")
	if _, err := w.Door.Call(w.Call("111122223333", "us-east-1"), as, "notes", "PutNote", &noteInput{Name: new("a")}); err == nil || h.has(t, "a") {
		t.Errorf("without a permission: %v", err)
	}
	_, err := w.Door.Call(w.Call("111122223333", "us-east-1"), as, "notes", "OpenNote", &noteInput{Name: new("a")})
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape != errNoNote {
		t.Errorf("with one: %v", err)
	}
	trail := h.trail(t)
	if len(trail) != 2 || trail[1].ErrorCode != "AccessDenied" || trail[0].ErrorCode != errNoNote.Code {
		t.Fatalf("trail: %+v", trail)
	}
	for _, r := range trail {
		if r.UserIdentity.Type != "AWSService" || r.UserIdentity.InvokedBy != "trail.amazonaws.com" || r.RequestID == "" {
			t.Errorf("%+v", r)
		}
	}
}

// TestJobsEndWithTheirKey: a job goes on as whoever started it with a long-term key while that key is active, and no longer.
func TestJobsEndWithTheirKey(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	w := &service.Work{Context: t.Context(), Time: h.now, Partition: "aws", Door: h.Door()}
	for key, works := range map[string]bool{"AKIATESTTESTTESTROOT": true, "AKIATESTTESTTESTIDLE": false, "AKIATESTTESTTESTGONE": false, "": true} {
		as := service.AsStarter("steps.amazonaws.com", service.Caller{
			Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/root", UserID: "AIDAroot", Name: "root", AccessKeyID: key,
		})
		_, err := w.Door.Call(w.Call("111122223333", "us-east-1"), as, "notes", "PutNote", &noteInput{Name: new("of" + key)})
		var e *wire.Error
		if works && err != nil || !works && (!errors.As(err, &e) || e.Shape.Code != "AccessDenied") || h.has(t, "of"+key) != works {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

// endless is a form of fields without name and value.
type endless struct{ rest string }

func (e *endless) Read(b []byte) (int, error) {
	if e.rest == "" {
		e.rest = "--x\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n"
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestEmptyFieldsEnd: a form that never comes to its file is not read for ever.
func TestEmptyFieldsEnd(t *testing.T) {
	h, _ := newJars(t)
	r := httptest.NewRequest(http.MethodPost, "https://localhost/open", &endless{})
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "MaxPostPreDataLengthExceededError") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
