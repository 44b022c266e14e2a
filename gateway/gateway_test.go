package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/access"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/eventlog/archive"
	"vauban/gateway"
	"vauban/gateway/sigv4"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

// The tests drive the door with a service of their own, so that each kind of operation and each failure can be made at will.

type noteInput struct {
	Name *string `api:",required"`
	Text *string `api:",sensitive"`
}

type noteOutput struct{ Text *string }

var (
	errNoNote = &wire.ErrorShape{Shape: "NoSuchNote", Code: "NoSuchNote", Status: 404}

	notesAPI = wire.NewService(&wire.Service{
		Name: "notes", SigningName: "notes", ARNNamespace: "notes", EventSource: "notes.test", Version: "2026-01-01", TargetPrefix: "Notes",
		XMLNamespace: "https://notes.test/", Protocols: []wire.Protocol{wire.AWSQuery, wire.AWSJSON11}, Unbuilt: []string{"ShredNote"},
		Operations: []*wire.Operation{opPut, opGet, opPanic, opSend, opForward, opForwardTwice, opOpen},
	})
	opPut          = noteOp("PutNote", false)
	opGet          = noteOp("GetNote", true)
	opPanic        = noteOp("PanicNote", false)
	opSend         = noteOp("SendNote", false)
	opForward      = noteOp("ForwardNote", false)
	opForwardTwice = noteOp("ForwardNoteBadly", false)
	opOpen         = func() *wire.Operation { o := noteOp("OpenNote", true); o.Unsigned = true; return o }()
)

func noteOp(name string, readOnly bool) *wire.Operation {
	return &wire.Operation{Name: name, Method: "POST", URI: "/", Status: 200, ReadOnly: readOnly,
		Input: reflect.TypeFor[noteInput](), Output: reflect.TypeFor[noteOutput](),
		Actions: []wire.Action{{Name: "notes:" + name, Level: wire.LevelWrite}}}
}

type note struct{ Name, Text string }

var notes = &store.Table[note]{Name: "test.note", Key: func(n *note) store.Key { return store.K(n.Name) }}

type notesService struct {
	runs  atomic.Int64
	open  *policy.Document
	owner string // of what SendNote acts on, when it is another account
	sends func() // what happens while SendNote is on its way to its commit
}

func (s *notesService) API() *wire.Service { return notesAPI }

func (s *notesService) Operations() []service.Row {
	return []service.Row{
		service.Writes(opPut, onNote, s.put), service.Reads(opGet, onNote, s.get), service.Writes(opPanic, onNote, s.panics),
		service.Acts(opSend, onNote, s.send), service.Writes(opForward, onNote, s.forward), service.Writes(opForwardTwice, onNote, s.forwardBadly),
		service.Reads(opOpen, s.onOpen, s.get),
	}
}

func onNote(c *service.Call, in *noteInput) ([]service.Question, error) {
	return []service.Question{{Resource: "arn:aws:notes::" + c.Account + ":note/" + *in.Name, ResourceType: "AWS::Notes::Note"}}, nil
}

func (s *notesService) onOpen(c *service.Call, in *noteInput) ([]service.Question, error) {
	q, err := onNote(c, in)
	q[0].Policy = &policy.Named{Name: "open", Document: s.open}
	return q, err
}

func (s *notesService) put(c *service.Call, in *noteInput) (*noteOutput, error) {
	s.runs.Add(1)
	n := &note{Name: *in.Name}
	if in.Text != nil {
		n.Text = *in.Text
	}
	if n.Text == "refuse" {
		if err := notes.Put(c.Tx, n); err != nil {
			return nil, err
		}
		return nil, errNoNote.New("refused after writing")
	}
	return &noteOutput{Text: &n.Text}, notes.Put(c.Tx, n)
}

func (s *notesService) get(c *service.Call, in *noteInput) (*noteOutput, error) {
	n, err := notes.Get(c.Tx, store.K(*in.Name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoNote.New("There is no note %s.", *in.Name).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &noteOutput{Text: &n.Text}, nil
}

func (s *notesService) panics(c *service.Call, in *noteInput) (*noteOutput, error) {
	if err := notes.Put(c.Tx, &note{Name: *in.Name}); err != nil {
		return nil, err
	}
	panic("on purpose")
}

func (s *notesService) send(c *service.Call, in *noteInput) (*noteOutput, error) {
	if c.Tx != nil {
		return nil, errors.New("an act holds no transaction")
	}
	if s.owner != "" {
		c.Record().Resources = []service.Resource{{ARN: "arn:aws:notes::" + s.owner + ":note/" + *in.Name, Account: s.owner, Type: "AWS::Notes::Note"}}
	}
	if s.sends != nil {
		s.sends()
	}
	declined := errors.New("declined")
	err := c.Commit(func(tx store.Tx) error {
		return errors.Join(notes.Put(tx, &note{Name: *in.Name, Text: "not this one"}), declined)
	})
	if !errors.Is(err, declined) {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error { return notes.Put(tx, &note{Name: *in.Name, Text: "sent"}) })
	if err != nil {
		return nil, err
	}
	if err := c.Commit(func(store.Tx) error { return nil }); err == nil {
		return nil, errors.New("a second commit was let through")
	}
	return &noteOutput{}, nil
}

// forward puts a note for the caller through the internal door, and tolerates a refusal.
func (s *notesService) forward(c *service.Call, in *noteInput) (*noteOutput, error) {
	_, err := c.Door.Call(c, service.AsCaller("notes.amazonaws.com"), "notes", "PutNote", &noteInput{Name: new("inner-" + *in.Name), Text: in.Text})
	if err == nil { // what was written is read back within the same transaction
		_, err = c.Door.Call(c, service.AsCaller("notes.amazonaws.com"), "notes", "GetNote", &noteInput{Name: new("inner-" + *in.Name)})
	}
	text := "forwarded"
	if err != nil {
		text = "not forwarded"
	}
	return &noteOutput{Text: &text}, notes.Put(c.Tx, &note{Name: *in.Name, Text: text})
}

// forwardBadly swallows the failure of an inner write that had already written.
func (s *notesService) forwardBadly(c *service.Call, in *noteInput) (*noteOutput, error) {
	_, _ = c.Door.Call(c, service.AsCaller("notes.amazonaws.com"), "notes", "PutNote", &noteInput{Name: new("half-" + *in.Name), Text: new("refuse")})
	return &noteOutput{}, nil
}

// people is an access.Source over a map.
type people map[string]string // user name → policy

func (p people) AccessKey(_ store.Tx, id string) (*access.Key, error) {
	name := strings.ToLower(strings.TrimPrefix(id, "AKIATESTTESTTEST"))
	if _, ok := p[name]; !ok {
		return nil, nil
	}
	return &access.Key{ID: id, Secret: []byte(secretOf(name)), Active: name != "idle", Caller: service.Caller{
		Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/" + name, UserID: "AIDA" + name, Name: name, AccessKeyID: id,
	}}, nil
}

// grant is a policy in the store, which counts instead of the map's.
type grant struct{ Name, JSON string }

var grants = &store.Table[grant]{Name: "test.grant", Key: func(g *grant) store.Key { return store.K(g.Name) }, Cached: true}

func (p people) Principal(tx store.Tx, _ policy.PrincipalKind, account, id string) (*access.Principal, error) {
	name := strings.TrimPrefix(id, "AIDA")
	doc, ok := p[name]
	if !ok {
		return nil, nil
	}
	g, err := grants.Get(tx, store.K(name))
	if err == nil {
		doc = g.JSON
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return &access.Principal{ARN: "arn:aws:iam::" + account + ":user/" + name, ID: id, Name: name, Account: account,
		Identity: []access.PolicyText{{Name: "own", JSON: doc}}}, nil
}

func (people) Membership(store.Tx, string) (*access.Membership, error) {
	return &access.Membership{}, nil
}

func (p people) RoleTags(store.Tx, string) (map[string]string, error)       { return nil, nil }
func (p people) ManagedPolicy(store.Tx, string) (*access.PolicyText, error) { return nil, nil }

// secretOf is the secret of somebody's key.
func secretOf(name string) sigv4.SecretKey {
	if name == "root" {
		return "secret"
	}
	return sigv4.SecretKey("secret of " + name)
}

type house struct {
	*gateway.Gateway
	db     *watched
	log    *eventlog.Log
	ring   *seal.Ring
	people people
	svc    *notesService
	now    time.Time
}

const (
	everything  = `{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}`
	onlyForward = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["notes:Forward*","notes:GetNote"],"Resource":"*"}]}`
)

// newHouse is a door before the notes and further services.
func newHouse(t testing.TB, limits gateway.Limits, more ...service.Service) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{svc: &notesService{}, now: time.Now().Truncate(time.Second), people: people{"root": everything, "some": onlyForward, "idle": everything}}
	db, err := sqlite.Open(ctx, "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.db = &watched{DB: db}
	t.Cleanup(func() { h.db.Close() })
	if h.svc.open, err = policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"notes:OpenNote","Resource":"*"}]}`)); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return h.now }
	h.ring, err = seal.Open(ctx, seal.Ephemeral{}, seal.Keep(h.db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.log = openLog(t, h.db, clock)
	pic, err := access.New(ctx, h.db, h.people, clock)
	if err != nil {
		t.Fatal(err)
	}
	h.Gateway, err = gateway.New(gateway.Config{Store: h.db, Log: h.log, Access: pic, Sealer: h.ring, Clock: clock,
		HomeAccount: "111122223333", Regions: []string{"us-east-1", "eu-central-1", "eu-south-1"}, Limits: limits}, append(more, h.svc)...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// as sends a signed query call.
func (h *house) as(t testing.TB, name, action string, params ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2026-01-01"}}
	for i := 0; i+1 < len(params); i += 2 {
		form.Set(params[i], params[i+1])
	}
	return h.send(t, name, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (h *house) send(t testing.TB, name, body string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header, r.RemoteAddr = header, "192.0.2.7:1234"
	if name != "" {
		s := &sigv4.Signer{AccessKeyID: "AKIATESTTESTTEST" + strings.ToUpper(name), Secret: secretOf(name), Region: "us-east-1", Service: "notes"}
		if err := s.Sign(r, sigv4.PayloadHash([]byte(body)), h.now); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type recorded struct {
	EventName, ErrorCode, ErrorMessage string
	RequestParameters                  map[string]any
	UserIdentity                       struct{ Arn, Type, InvokedBy string }
	RequestID, UserAgent               string
	ReadOnly                           bool
	AdditionalEventData                struct {
		Authorization struct {
			Decision  string
			DecidedBy []policy.Reason
		}
	}
}

func (h *house) trail(t *testing.T) []recorded {
	t.Helper()
	entries, _, err := h.log.Lookup(context.Background(), eventlog.Query{Account: "111122223333", Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]recorded, len(entries))
	for i, e := range entries {
		if err := json.Unmarshal(e.Record, &out[i]); err != nil {
			t.Fatalf("%s: %v", e.Record, err)
		}
		if !json.Valid(e.Authz) && len(e.Authz) > 0 {
			t.Errorf("the evidence is no JSON: %s", e.Authz)
		}
	}
	return out
}

func (h *house) has(t *testing.T, name string) bool {
	t.Helper()
	var ok bool
	if err := h.db.Read(t.Context(), func(tx store.Tx) (err error) { ok, err = notes.Has(tx, store.K(name)); return err }); err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestAWriteAndItsRecord(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	w := h.as(t, "root", "PutNote", "Name", "a", "Text", "my secret")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<PutNoteResponse") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !h.has(t, "a") {
		t.Error("the note is not stored")
	}
	trail := h.trail(t)
	if len(trail) != 1 {
		t.Fatalf("%d records, want 1", len(trail))
	}
	r := trail[0]
	if r.EventName != "PutNote" || r.ErrorCode != "" || r.UserIdentity.Arn != "arn:aws:iam::111122223333:user/root" || r.RequestID != w.Header().Get("X-Amzn-Requestid") {
		t.Errorf("record: %+v", r)
	}
	if got := r.RequestParameters["text"]; got != "HIDDEN_DUE_TO_SECURITY_REASONS" {
		t.Errorf("the secret stands in the record: %v", got)
	}
	if d := r.AdditionalEventData.Authorization; d.Decision == "" || len(d.DecidedBy) != 1 || d.DecidedBy[0].Sid != "All" {
		t.Errorf("the record does not say what decided: %+v", d)
	}
}

func TestRefusalsAreRecordedAndChangeNothing(t *testing.T) {
	for _, c := range []struct {
		what, who, action string
		params            []string
		status            int
		code              string
	}{
		{"denied", "some", "PutNote", []string{"Name", "x"}, 403, "AccessDenied"},
		{"handler error after writing", "root", "PutNote", []string{"Name", "x", "Text", "refuse"}, 404, "NoSuchNote"},
		{"panic after writing", "root", "PanicNote", []string{"Name", "x"}, 500, "InternalFailure"},
		{"not valid", "root", "PutNote", nil, 400, "ValidationError"},
		{"read of nothing", "root", "GetNote", []string{"Name", "x"}, 404, "NoSuchNote"},
		{"not built", "root", "ShredNote", []string{"Name", "x"}, 501, "NotImplemented"},
		{"unknown", "root", "EatNote", []string{"Name", "x"}, 400, "InvalidAction"},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := newHouse(t, gateway.Limits{})
			w := h.as(t, c.who, c.action, c.params...)
			if w.Code != c.status || !strings.Contains(w.Body.String(), "<Code>"+c.code+"</Code>") {
				t.Errorf("answer: %d %s", w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "goroutine") || strings.Contains(w.Body.String(), "on purpose") {
				t.Errorf("the answer shows the inside: %s", w.Body)
			}
			if h.has(t, "x") {
				t.Error("a refused call changed the state")
			}
			trail := h.trail(t)
			if len(trail) != 1 || trail[0].ErrorCode != c.code || trail[0].EventName != c.action {
				t.Errorf("trail: %+v", trail)
			}
		})
	}
}

func TestUnprovenCallersAreNeverRecorded(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	body := "Action=GetNote&Version=2026-01-01&Name=a"
	form := func() http.Header { return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}} }
	forged := form()
	forged.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTROOT/"+h.now.UTC().Format("20060102")+"/us-east-1/notes/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64))
	forged.Set("X-Amz-Date", h.now.UTC().Format("20060102T150405Z"))
	if w := h.send(t, "", body, forged); w.Code != 403 || !strings.Contains(w.Body.String(), "SignatureDoesNotMatch") {
		t.Errorf("forged: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "nobody", body, form()); w.Code != 403 || !strings.Contains(w.Body.String(), "InvalidClientTokenId") {
		t.Errorf("unknown key: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "", body, form()); w.Code != 403 || !strings.Contains(w.Body.String(), "MissingAuthenticationToken") {
		t.Errorf("unsigned: %d %s", w.Code, w.Body)
	}
	if trail := h.trail(t); len(trail) != 0 {
		t.Errorf("an unproven call is attributed: %+v", trail)
	}
}

func TestUnsignedOperationsAreStillAuthorised(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	h.as(t, "root", "PutNote", "Name", "a", "Text", "hello")
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if w := h.send(t, "", "Action=OpenNote&Version=2026-01-01&Name=a", form); w.Code != 200 || !strings.Contains(w.Body.String(), "hello") {
		t.Errorf("open operation: %d %s", w.Code, w.Body)
	}
	h.svc.open, _ = policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[]}`))
	if w := h.send(t, "", "Action=OpenNote&Version=2026-01-01&Name=a", form.Clone()); w.Code != 403 {
		t.Errorf("without the resource policy: %d %s", w.Code, w.Body)
	}
}

func TestActs(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "root", "SendNote", "Name", "a"); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !h.has(t, "a") {
		t.Error("the act's commit is lost")
	}
	if trail := h.trail(t); len(trail) != 1 || trail[0].EventName != "SendNote" || trail[0].ErrorCode != "" {
		t.Errorf("trail: %+v", trail)
	}
}

// TestACommitCatchesUp: what another replica has granted while the act was on its way counts, as it does on the very next call.
func TestACommitCatchesUp(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	give := func(json string) {
		t.Helper()
		if err := h.db.Write(t.Context(), func(tx store.Tx) error { return grants.Put(tx, &grant{"root", json}) }); err != nil {
			t.Fatal(err)
		}
	}
	h.svc.sends = func() {
		give(onlyForward)
		if err := h.Access.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w := h.as(t, "root", "PutNote", "Name", "b"); w.Code != 403 {
			t.Fatalf("the grant is taken away: %d %s", w.Code, w.Body)
		}
		give(everything) // the picture has not heard of it
	}
	if w := h.as(t, "root", "SendNote", "Name", "a"); w.Code != 200 || !h.has(t, "a") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if trail := h.trail(t); len(trail) != 2 || trail[0].EventName != "SendNote" || trail[0].ErrorCode != "" {
		t.Errorf("trail: %+v", trail)
	}
	give(onlyForward)
	if err := h.Access.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.svc.sends = func() {}
	if w := h.as(t, "root", "SendNote", "Name", "d"); w.Code != 403 || h.has(t, "d") {
		t.Errorf("without a grant: %d %s", w.Code, w.Body)
	}
}

func TestInternalDoor(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "root", "ForwardNote", "Name", "a", "Text", "t"); w.Code != 200 || !strings.Contains(w.Body.String(), ">forwarded<") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !h.has(t, "a") || !h.has(t, "inner-a") {
		t.Error("outer and inner write do not share the commit")
	}
	trail := h.trail(t)
	if len(trail) != 3 {
		t.Fatalf("trail: %+v", trail)
	}
	for _, r := range trail {
		if r.EventName != "ForwardNote" && r.UserIdentity.InvokedBy != "notes.amazonaws.com" {
			t.Errorf("the inner call does not say through whom it came: %+v", r)
		}
	}
}

func TestInternalDoorIsNoWayAround(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "some", "ForwardNote", "Name", "a", "Text", "t"); w.Code != 200 || !strings.Contains(w.Body.String(), "not forwarded") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if h.has(t, "inner-a") {
		t.Error("the inner write went past authorisation")
	}
	codes := map[string]string{}
	for _, r := range h.trail(t) {
		codes[r.EventName] = r.ErrorCode
	}
	if codes["PutNote"] != "AccessDenied" || codes["ForwardNote"] != "" {
		t.Errorf("trail: %v", codes)
	}
}

func TestAHalfDoneInnerWriteDoomsTheOuter(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	if w := h.as(t, "root", "ForwardNoteBadly", "Name", "a"); w.Code != 404 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if h.has(t, "half-a") {
		t.Error("half of an inner write was committed")
	}
	if trail := h.trail(t); len(trail) != 2 {
		t.Errorf("both failures must be recorded: %+v", trail)
	}
}

func TestLimits(t *testing.T) {
	h := newHouse(t, gateway.Limits{PerCaller: 2})
	codes := map[int]int{}
	for range 6 {
		w := h.as(t, "root", "GetNote", "Name", "a")
		codes[w.Code]++
		if w.Code == 400 && !strings.Contains(w.Body.String(), "ThrottlingException") {
			t.Errorf("%s", w.Body)
		}
	}
	if codes[404] != 4 || codes[400] != 2 {
		t.Errorf("of a burst of 4: %v", codes)
	}
}

func TestGuessingIsSlowedBySource(t *testing.T) {
	h := newHouse(t, gateway.Limits{Unproven: 1})
	var last *httptest.ResponseRecorder
	for range 12 {
		last = h.send(t, "nobody", "Action=GetNote&Version=2026-01-01&Name=a", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	}
	if !strings.Contains(last.Body.String(), "ThrottlingException") {
		t.Errorf("after 12 failures: %d %s", last.Code, last.Body)
	}
	h.now = h.now.Add(time.Minute)
	if w := h.as(t, "root", "GetNote", "Name", "a"); w.Code != 404 {
		t.Errorf("the source must recover: %d %s", w.Code, w.Body)
	}
}

func TestOversizedBodies(t *testing.T) {
	h := newHouse(t, gateway.Limits{Body: 1000})
	if w := h.as(t, "root", "PutNote", "Name", strings.Repeat("x", 2000)); w.Code != 413 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestJSONProtocol(t *testing.T) {
	h := newHouse(t, gateway.Limits{})
	header := func(target string) http.Header {
		return http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}}
	}
	for _, target := range []string{"Notes.PutNote", "com.amazonaws.notes.v2026.Notes.PutNote"} {
		if w := h.send(t, "root", `{"Name":"a","Text":"b"}`, header(target)); w.Code != 200 || w.Body.String() != `{"Text":"b"}` {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	w := h.send(t, "some", `{"Name":"a"}`, header("Notes.PutNote"))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "AccessDeniedException") || w.Header().Get("X-Vauban-Authorization-Message") == "" {
		t.Errorf("denied: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "root", `{"Name":`, header("Notes.PutNote")); w.Code != 400 || !strings.Contains(w.Body.String(), "SerializationException") {
		t.Errorf("broken JSON: %d %s", w.Code, w.Body)
	}
	if w := h.send(t, "root", `{}`, header("Notes.Nothing")); w.Code != 400 || !strings.Contains(w.Body.String(), "UnknownOperationException") {
		t.Errorf("unknown: %d %s", w.Code, w.Body)
	}
}

func openLog(t testing.TB, db store.DB, clock func() time.Time) *eventlog.Log {
	t.Helper()
	l, err := eventlog.Open(db, &archive.Memory{}, eventlog.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
