package lambda

import "testing"

// A caller of another account, whom a function's policy lets change it, may pass roles of its own account: they are not for this function.
func TestARoleOfAnotherAccountIsRefused(t *testing.T) {
	err := (&Service{}).assumable(nil, &Function{Account: "111122223333", Region: "us-east-1", Name: "f"}, "arn:aws:iam::444455556666:role/exec")
	if !is(err, accessDenied) {
		t.Errorf("got %v", err)
	}
}
