package all_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	trailapi "vauban/api/cloudtrail"
	iamapi "vauban/api/iam"
	s3 "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/eventlog/archive"
	"vauban/seal"
	"vauban/service"
	"vauban/service/all"
	"vauban/service/iam"
	"vauban/store"
	"vauban/store/sqlite"
)

const (
	home      = "111122223333"
	elsewhere = "444455556666"
)

// inhabited are the services of whose things there is one in the world. A further one needs its values in inputs_test.go.
var inhabited = []string{"iam", "sts", "signin", "cloudtrail"}

// world is an account in which there is one of everything, below the path /team/ and with a tag, so that every rule finds what it asks for.
type world struct {
	t    *testing.T
	deps service.Deps
	rows []service.Row
	user service.Caller // Bob
	ids  map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := func() time.Time { return now }
	ring, err := seal.Open(ctx, seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log, err := eventlog.Open(db, &archive.Memory{}, eventlog.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, deps: service.Deps{Store: db, Log: log, Seal: ring, Clock: clock, Rand: rand.Reader, Partition: "aws"}, ids: map[string]string{}}
	if _, _, err := iam.Bootstrap(ctx, w.deps, iam.Admin{Account: home}, nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range all.Services(w.deps, nil) {
		if slices.Contains(inhabited, s.API().Name) {
			w.rows = append(w.rows, s.Operations()...)
		}
	}
	w.fill()
	return w
}

// call is a call of Bob's, or of nobody before there is Bob.
func (w *world) call() *service.Call {
	who := w.user
	return &service.Call{
		Context: w.t.Context(), Caller: &who, Account: home, Region: "us-east-1", Partition: "aws", RequestID: "r", Time: w.deps.Clock(),
		SourceIP: netip.MustParseAddr("192.0.2.1"), Door: neighbours{},
	}
}

// neighbours are the services that a handler asks: a bucket that takes everything, and no keys.
type neighbours struct{}

// Call implements [service.Door].
func (neighbours) Call(_ *service.Call, _ service.Identity, _, _ string, in any) (any, error) {
	switch in.(type) {
	case *s3.GetBucketAclInput:
		return &s3.GetBucketAclOutput{}, nil
	case *s3.PutObjectInput:
		return &s3.PutObjectOutput{}, nil
	}
	return nil, s3.AccessDenied.New("Access Denied")
}

func (w *world) row(op string) *service.Row {
	for i := range w.rows {
		if w.rows[i].Op.Name == op {
			return &w.rows[i]
		}
	}
	w.t.Fatalf("there is no operation %s", op)
	return nil
}

var errUndo = errors.New("undone")

// perform runs rule and handler as the gateway does, without asking anybody. With undo nothing stays.
func (w *world) perform(row *service.Row, in any, undo bool) (out any, err error) {
	c := w.call()
	run := func(tx store.Tx, fn func() error) error {
		c.Tx = tx
		if _, err := row.Resource(c, in); err != nil {
			return err
		}
		if err := fn(); err != nil {
			return err
		}
		if undo {
			return errUndo
		}
		return nil
	}
	handle := func() (err error) {
		out, err = row.Handle(c, in)
		return err
	}
	if row.Kind != service.Act {
		err = w.deps.Store.Write(w.t.Context(), func(tx store.Tx) error { return run(tx, handle) })
	} else {
		if err = w.deps.Store.Read(w.t.Context(), func(tx store.Tx) error { return run(tx, func() error { return nil }) }); err != nil && !errors.Is(err, errUndo) {
			return nil, err
		}
		c.Tx = nil
		c.Commit = func(fn func(store.Tx) error) error {
			return w.deps.Store.Write(w.t.Context(), func(tx store.Tx) error { return run(tx, func() error { return fn(tx) }) })
		}
		err = handle()
	}
	if errors.Is(err, errUndo) {
		err = nil
	}
	return out, err
}

// make performs an operation with the usual values and those given, and keeps it.
func (w *world) make(op string, values map[string]any) any {
	w.t.Helper()
	row := w.row(op)
	in := reflect.New(row.Op.Input)
	fill(in.Elem(), op, values)
	least(row.Op, in)
	for name, v := range values {
		if f := in.Elem().FieldByName(name); f.IsValid() {
			set(f, v)
		}
	}
	out, err := w.perform(row, in.Interface(), false)
	if err != nil {
		w.t.Fatalf("%s: %v", op, err)
	}
	return out
}

var someTags = []iamapi.Tag{{Key: new("Stage"), Value: new("Dev")}}

func (w *world) fill() {
	team := map[string]any{"Path": "/team/", "Tags": someTags}
	with := func(more ...any) map[string]any {
		m := map[string]any{}
		for k, v := range team {
			m[k] = v
		}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	w.make("CreatePolicy", with("PolicyName", "Limit"))
	bob := w.make("CreateUser", with("UserName", "Bob", "PermissionsBoundary", arnOf("policy"))).(*iamapi.CreateUserOutput).User
	w.user = service.Caller{Kind: policy.User, Account: home, ARN: *bob.Arn, UserID: *bob.UserId, Name: *bob.UserName}
	w.make("CreateGroup", with("GroupName", "Devs"))
	w.make("CreateRole", with("RoleName", "Worker", "PermissionsBoundary", arnOf("policy")))
	w.make("CreateInstanceProfile", with("InstanceProfileName", "Profile"))
	w.make("CreateVirtualMFADevice", with("VirtualMFADeviceName", "Phone"))
	w.make("CreateSAMLProvider", with("Name", "Idp"))
	w.make("CreateOpenIDConnectProvider", with("Url", "https://id.example.com", "ThumbprintList", []string{"0123456789012345678901234567890123456789"}))
	w.make("UploadServerCertificate", with("ServerCertificateName", "Cert"))
	w.make("CreateTrail", map[string]any{"Name": "audit", "TagsList": []trailapi.Tag{{Key: new("Stage"), Value: new("Dev")}}})
	tags := []trailapi.Tag{{Key: new("Stage"), Value: new("Dev")}}
	lake := *w.make("CreateEventDataStore", map[string]any{"Name": "lake", "TagsList": tags, "AdvancedEventSelectors": []trailapi.AdvancedEventSelector(nil)}).(*trailapi.CreateEventDataStoreOutput).EventDataStoreArn
	w.ids["EventDataStore"], w.ids["InsightsDestination"], w.ids["ResourceArn"] = lake, lake, lake
	w.ids["QueryStatement"] = `SELECT eventName FROM "` + lake + `"`
	w.ids["QueryId"] = *w.make("StartQuery", map[string]any{"QueryStatement": w.ids["QueryStatement"]}).(*trailapi.StartQueryOutput).QueryId
	w.ids["AccessKeyId"] = *w.make("CreateAccessKey", with("UserName", "Bob")).(*iamapi.CreateAccessKeyOutput).AccessKey.AccessKeyId
	w.ids["ServiceSpecificCredentialId"] = *w.make("CreateServiceSpecificCredential", with("UserName", "Bob")).(*iamapi.CreateServiceSpecificCredentialOutput).
		ServiceSpecificCredential.ServiceSpecificCredentialId
}

// arnOf is the ARN that the world's thing of that type has.
func arnOf(kind string) string {
	name := map[string]string{
		"user": "team/Bob", "group": "team/Devs", "role": "team/Worker", "policy": "team/Limit", "instance-profile": "team/Profile", "mfa": "team/Phone",
		"server-certificate": "team/Cert", "saml-provider": "Idp", "oidc-provider": "id.example.com",
	}[kind]
	if name == "" {
		return ""
	}
	return fmt.Sprintf("arn:aws:iam::%s:%s/%s", home, kind, name)
}

// least leaves out of an input all that need not be there. What stays away stays so though something later was wrong: hence twice.
func least(op *wire.Operation, in reflect.Value) {
	for n := range 2 * in.Elem().NumField() {
		i := n % in.Elem().NumField()
		f := in.Elem().Field(i)
		old := reflect.ValueOf(f.Interface())
		f.SetZero()
		if valid(op, in) != nil && old.IsValid() {
			f.Set(old)
		}
	}
}

func valid(op *wire.Operation, in reflect.Value) error {
	return wire.Validate(op.Service.Protocols[0], op, in.Interface())
}
