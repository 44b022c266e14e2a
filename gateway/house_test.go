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

func openLog(t testing.TB, db store.DB, clock func() time.Time) *eventlog.Log {
	t.Helper()
	l, err := eventlog.Open(db, &archive.Memory{}, eventlog.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
