package accessanalyzer

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	api "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/service"
)

// TestHeavyWorkTakesTurns: no account gets more of the machine by asking for more at a time.
func TestHeavyWorkTakesTurns(t *testing.T) {
	s := New(service.Deps{}, nil)
	s.turns = service.NewTurns(1)
	c := &service.Call{Context: t.Context(), Account: "111122223333"}
	end, err := s.turns.Take(c)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	heavy := []string{"CheckAccessNotGranted", "CheckNoNewAccess", "CheckNoPublicAccess", "StartPolicyGeneration", "ValidatePolicy"}
	for _, row := range s.Operations() {
		if !slices.Contains(heavy, row.Op.Name) {
			continue
		}
		_, err := row.Handle(c, reflect.New(row.Op.Input).Interface())
		var e *wire.Error
		if !errors.As(err, &e) || e.Shape != api.ThrottlingException {
			t.Errorf("%s: %v", row.Op.Name, err)
		}
	}
}
