package iam

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

// TestBootstrapRace: of two replicas that start on an empty store at once, one makes the account, and the other serves it.
func TestBootstrapRace(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ring, err := seal.Open(t.Context(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Close()
	d := service.Deps{Store: db, Seal: ring, Clock: time.Now, Rand: rand.Reader, Partition: "aws"}
	var faster string
	overtaken := func(Admin) error {
		account, made, err := Bootstrap(t.Context(), d, Admin{}, nil)
		if !made {
			t.Errorf("the faster replica made no account: %v", err)
		}
		faster = account
		return err
	}
	account, made, err := Bootstrap(t.Context(), d, Admin{}, overtaken)
	if err != nil || made || account != faster {
		t.Errorf("overtaken: account %s, made %v, %v; want %s", account, made, err, faster)
	}
	n := 0
	err = db.Read(t.Context(), func(tx store.Tx) error {
		for _, err := range users.Each(tx, nil) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil || n != 1 {
		t.Errorf("%d users, %v; want the faster replica's administrator alone", n, err)
	}
	if _, _, err := Bootstrap(t.Context(), d, Admin{Account: "000000000000"}, nil); err == nil || !strings.Contains(err.Error(), faster) {
		t.Errorf("another account than the store's: %v", err)
	}
}
