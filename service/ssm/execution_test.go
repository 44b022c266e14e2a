package ssm

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/automation"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

// TestExecutionsAreSealed: what an execution was given and what its steps took and answered does not lie in the store in the clear.
func TestExecutionsAreSealed(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ring, err := seal.Open(t.Context(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := New(service.Deps{Store: db, Seal: ring})
	secret := json.RawMessage(`"marker"`)
	x := &Execution{
		Account: "111122223333", Region: "us-east-1", ID: "x", Started: time.Unix(1, 0).UTC(), Given: map[string][]string{"Password": {"marker"}},
		Run: &automation.Run{
			Status: automation.Success, Arguments: automation.Values{"Password": secret}, Outputs: automation.Values{"make.OutputPayload": secret},
			Taken: []automation.Taken{{Step: "make", Inputs: secret, Outputs: automation.Values{"OutputPayload": secret}, Failure: "marker"}},
		},
	}
	err = db.Write(t.Context(), func(tx store.Tx) error {
		if err := s.sealExecution(x); err != nil {
			return err
		}
		if err := executions.Insert(tx, x); err != nil {
			return err
		}
		x.Run.Failure = "marker"
		return s.update(tx, x)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Read(t.Context(), func(tx store.Tx) error {
		n := 0
		err := tx.Scan(executions.Name, nil, nil, func(d store.Doc) bool {
			n++
			if bytes.Contains(d.Body, []byte("marker")) {
				t.Errorf("stored: %s", d.Body)
			}
			return true
		})
		if err != nil || n != 1 {
			t.Errorf("%d executions, %v", n, err)
		}
		got, err := s.execution(tx, "id", store.K(x.Account, x.Region, x.ID))
		if diff := cmp.Diff(x, got); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
