package iam

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/access"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

const (
	here  = "111122223333"
	there = "444455556666"
)

func openStore(t *testing.T) store.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func inTx(t *testing.T, db store.DB, fn func(tx store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func trusting(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":` + principal + `}}]}`
}

// shownText is the trust policy as GetRole shows it, decoded.
func shownText(t *testing.T, tx store.Tx, r *Role) string {
	t.Helper()
	shown, err := r.shownTrust(tx)
	if err != nil {
		t.Fatal(err)
	}
	text, err := url.PathUnescape(*shown)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTrustBindsByUniqueID(t *testing.T) {
	db := openStore(t)
	user := &User{Account: there, Name: "Bob", Path: "/team/", ID: "AIDAAAAAAAAAAAAAAAAA1"}
	other := &Role{Account: there, Name: "Ops", Path: "/", ID: "AROAAAAAAAAAAAAAAAAA1", Trust: trusting(`"` + there + `"`)}
	text := trusting(`["` + user.ARN() + `", "` + other.ARN() + `", "` + there + `",  "arn:aws:sts::` + there + `:assumed-role/Ops/s"]`)
	r := &Role{Account: here, Name: "R", Path: "/", ID: "AROAAAAAAAAAAAAAAAAA2"}
	inTx(t, db, func(tx store.Tx) error {
		if err := users.Insert(tx, user); err != nil {
			return err
		}
		if err := roles.Insert(tx, other); err != nil {
			return err
		}
		if err := r.setTrust(tx, text); err != nil {
			return err
		}
		return roles.Insert(tx, r)
	})
	if want := map[string]string{user.ID: there, other.ID: there}; !cmp.Equal(want, r.Trusted) {
		t.Errorf("bound principals: %s", cmp.Diff(want, r.Trusted))
	}
	inTx(t, db, func(tx store.Tx) error {
		if got := shownText(t, tx, r); got != text {
			t.Errorf("shown:\n%s\nwant what was given:\n%s", got, text)
		}
		// The user is made anew, the role renamed: the first is gone, the second is still trusted.
		if err := users.Delete(tx, users.Key(user)); err != nil {
			return err
		}
		again := *user
		again.ID = "AIDAAAAAAAAAAAAAAAAA9"
		if err := users.Insert(tx, &again); err != nil {
			return err
		}
		want := trusting(`["` + user.ID + `", "` + other.ARN() + `", "` + there + `",  "arn:aws:sts::` + there + `:assumed-role/Ops/s"]`)
		if got := shownText(t, tx, r); got != want {
			t.Errorf("shown after the user was made anew:\n%s\nwant:\n%s", got, want)
		}
		return nil
	})
}

func TestTrustRefusesWhoDoesNotExist(t *testing.T) {
	db := openStore(t)
	inTx(t, db, func(tx store.Tx) error {
		if err := users.Insert(tx, &User{Account: here, Name: "Bob", Path: "/p/", ID: "AIDAAAAAAAAAAAAAAAAA1"}); err != nil {
			return err
		}
		for principal, exists := range map[string]bool{
			"arn:aws:iam::" + here + ":user/p/Bob":                true,
			"arn:aws:iam::" + here + ":user/Bob":                  false, // another path
			"arn:aws:iam::" + here + ":user/p/bob":                false, // other case
			"arn:aws:iam::" + there + ":user/p/Bob":               false,
			"arn:aws:iam::" + here + ":role/Bob":                  false,
			"arn:aws:sts::" + here + ":assumed-role/None/session": false,
			"arn:aws:sts::" + here + ":federated-user/anybody":    true,
			"arn:aws:iam::999988887777:root":                      true,
			"999988887777":                                        true,
			"AIDAAAAAAAAAAAAAAAAA1":                               true,
			"AIDAAAAAAAAAAAAAAAAA2":                               false,
			"AROAAAAAAAAAAAAAAAAA1":                               false,
			"arn:aws-cn:iam::" + here + ":user/p/Bob":             false,
		} {
			err := (&Role{Account: here, Name: "R"}).setTrust(tx, trusting(`"`+principal+`"`))
			if (err == nil) != exists {
				t.Errorf("trust %s: %v, want accepted: %v", principal, err, exists)
			}
			if want := `MalformedPolicyDocument: Invalid principal in policy: "AWS":"` + principal + `"`; !exists && err.Error()[:len(want)] != want {
				t.Errorf("trust %s: %v, want %s", principal, err, want)
			}
		}
		return nil
	})
}

// TestRoleInAnotherAccount asks what STS asks for roles of another account: both sides must agree.
func TestRoleInAnotherAccount(t *testing.T) {
	db := openStore(t)
	bob := &User{Account: here, Name: "Bob", Path: "/", ID: "AIDAAAAAAAAAAAAAAAAA1"}
	bob.Inline = []InlinePolicy{{Name: "own", JSON: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::` + there + `:role/Granted*"}]}`}}
	add := func(tx store.Tx, name, principal string) {
		t.Helper()
		r := &Role{Account: there, Name: name, Path: "/", ID: "AROA" + name, MaxSession: 3600}
		if err := r.setTrust(tx, trusting(`"`+principal+`"`)); err != nil {
			t.Fatal(err)
		}
		if err := roles.Insert(tx, r); err != nil {
			t.Fatal(err)
		}
	}
	inTx(t, db, func(tx store.Tx) error {
		if err := users.Insert(tx, bob); err != nil {
			return err
		}
		add(tx, "GrantedToBob", bob.ARN())
		add(tx, "GrantedToAccount", here)
		add(tx, "GrantedToNobody", there)
		add(tx, "OtherToBob", bob.ARN())
		return nil
	})
	picture, err := access.New(t.Context(), db, alone{NewSource(nil)}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := &service.Call{Context: t.Context(), Account: here, Time: time.Now(), Caller: &service.Caller{Kind: policy.User, Account: here, ARN: bob.ARN(), UserID: bob.ID, Name: bob.Name}}
	ask := func(name string) bool {
		t.Helper()
		q := service.Question{Action: "sts:AssumeRole", Resource: "arn:aws:iam::" + there + ":role/" + name, Account: there, Kind: policy.RoleTrust}
		err := db.Read(t.Context(), func(tx store.Tx) error {
			r, err := RoleForAssume(tx, q.Resource)
			if store.IsAbsent(err) {
				return nil
			}
			if err == nil {
				q.Policy = &policy.Named{Name: r.ARN, Document: r.Trust}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		v, err := picture.Authorize(c, []service.Question{q})
		if err != nil {
			t.Fatal(err)
		}
		return v.Denied() == nil
	}
	for name, want := range map[string]bool{
		"GrantedToBob": true, "GrantedToAccount": true, "GrantedToNobody": false, "OtherToBob": false, "GrantedButAbsent": false,
	} {
		if got := ask(name); got != want {
			t.Errorf("%s: allowed %v, want %v", name, got, want)
		}
	}
	// Another user takes the name: it is not the one that was trusted.
	inTx(t, db, func(tx store.Tx) error {
		if err := users.Delete(tx, users.Key(bob)); err != nil {
			return err
		}
		again := *bob
		again.ID = "AIDAAAAAAAAAAAAAAAAA2"
		c.Caller.UserID = again.ID
		return users.Insert(tx, &again)
	})
	if ask("GrantedToBob") {
		t.Error("a user made anew is trusted as the one before it")
	}
	if !ask("GrantedToAccount") {
		t.Error("a user made anew is not of its account any more")
	}
}

func TestRoleForAssumeWantsTheExactARN(t *testing.T) {
	db := openStore(t)
	inTx(t, db, func(tx store.Tx) error {
		if err := roles.Insert(tx, &Role{Account: here, Name: "R", Path: "/p/", ID: "AROA1", Trust: trusting(`"` + here + `"`)}); err != nil {
			return err
		}
		for arn, want := range map[string]bool{
			"arn:aws:iam::" + here + ":role/p/R":  true,
			"arn:aws:iam::" + here + ":role/R":    false,
			"arn:aws:iam::" + here + ":role/p/r":  false,
			"arn:aws:iam::" + there + ":role/p/R": false,
			"arn:aws:iam::" + here + ":user/p/R":  false,
			"arn:aws:sts::" + here + ":role/p/R":  false,
			"R":                                   false,
		} {
			if _, err := RoleForAssume(tx, arn); (err == nil) != want || err != nil && !store.IsAbsent(err) {
				t.Errorf("%s: %v, want found: %v", arn, err, want)
			}
		}
		return nil
	})
}

// alone is the source of a server without organisations.
type alone struct{ *Source }

func (alone) Membership(store.Tx, string) (*access.Membership, error) {
	return &access.Membership{}, nil
}
