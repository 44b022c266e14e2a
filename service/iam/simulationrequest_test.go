package iam

import (
	"testing"

	"vauban/engine/policy"
)

func TestContextValue(t *testing.T) {
	tests := []struct {
		kind, value, want string
		ok                bool
	}{
		{"string", "anything", "anything", true},
		{"numeric", "10", "10", true},
		{"numeric", "-1.5", "-1.5", true},
		{"numeric", "ten", "", false},
		{"boolean", "True", "True", true},
		{"boolean", "1", "", false},
		{"ip", "192.0.2.1", "192.0.2.1", true},
		{"ip", "2001:db8::/32", "2001:db8::/32", true},
		{"ip", "192.0.2", "", false},
		{"binary", "aGk=", "hi", true},
		{"binary", "hi!", "", false},
		{"date", "2019-04-25T11:00:00Z", "2019-04-25T11:00:00Z", true},
		{"date", "2019-04-25", "2019-04-25", true},
		{"date", "1556190000", "1556190000", true},
		{"date", "tomorrow", "", false},
	}
	for _, tt := range tests {
		got, ok := contextValue(tt.kind, tt.value)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s %q: %q, %t; want %q, %t", tt.kind, tt.value, got, ok, tt.want, tt.ok)
		}
	}
}

func TestWorse(t *testing.T) {
	order := []policy.Effect{policy.Allow, policy.ImplicitDeny, policy.ExplicitDeny}
	for i, a := range order {
		for j, b := range order {
			if got := worse(a, b); got != order[max(i, j)] {
				t.Errorf("worse(%s, %s) is %s", a, b, got)
			}
		}
	}
}
