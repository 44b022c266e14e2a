package all_test

import (
	"reflect"
	"testing"

	"vauban/access"
	stsapi "vauban/api/sts"
	"vauban/service"
	"vauban/store"
)

// TestTokenVersions: SetSecurityTokenServicePreferences decides about the tokens of the global endpoint, of all three operations, and of no other.
func TestTokenVersions(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{"", "v2Token", "v1Token"} {
		if version != "" {
			w.make("SetSecurityTokenServicePreferences", map[string]any{"GlobalEndpointTokenVersion": version})
		}
		for _, op := range []string{"GetSessionToken", "GetFederationToken", "AssumeRole"} {
			for _, host := range []string{"sts.amazonaws.com", "sts.eu-south-1.amazonaws.com", "127.0.0.1"} {
				want := host == "sts.amazonaws.com" && version != "v2Token"
				if got := w.session(t, op, host).DefaultRegions; got != want {
					t.Errorf("version %q, %s at %s: only in default regions: %t, want %t", version, op, host, got, want)
				}
			}
		}
	}
}

// session is the session that an operation of STS gives a client that asked that host.
func (w *world) session(t *testing.T, op, host string) *service.Session {
	t.Helper()
	row := w.row(op)
	in := reflect.New(row.Op.Input)
	fill(in.Elem(), op, nil)
	least(row.Op, in)
	if f := in.Elem().FieldByName("RoleArn"); f.IsValid() {
		f.Elem().SetString(arnOf("role"))
	}
	c := w.call()
	c.Host = host
	c.Commit = func(fn func(store.Tx) error) error { return w.deps.Store.Write(t.Context(), fn) }
	var out any
	handle := func(tx store.Tx) (err error) {
		c.Tx = tx
		out, err = row.Handle(c, in.Interface())
		return err
	}
	err := error(nil)
	if row.Kind == service.Act {
		err = handle(nil)
	} else {
		err = w.deps.Store.Read(t.Context(), handle)
	}
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	k := reflect.ValueOf(out).Elem().FieldByName("Credentials").Interface().(*stsapi.Credentials)
	s, err := access.OpenSession(w.deps.Seal.(access.Sealer), *k.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	return s.Caller.Session
}
