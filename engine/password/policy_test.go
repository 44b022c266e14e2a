package password

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestViolation(t *testing.T) {
	const (
		upper  = "Password should have at least one uppercase letter"
		lower  = "Password should have at least one lowercase letter"
		number = "Password should have at least one number"
		symbol = "Password should have at least one symbol"
		more   = " more of the following requirements: "
	)
	strict := &Policy{MinimumLength: 14, RequireSymbols: true, RequireNumbers: true, RequireUppercase: true, RequireLowercase: true}
	account := Account{Name: "Company-1", Email: "Root@Example1.com"}
	for _, test := range []struct {
		name     string
		policy   *Policy
		password string
		want     string
	}{
		{"default", nil, "Correct1horse", ""},
		{"default with symbols", nil, "correct-horse-1", ""},
		{"default short", nil, "Aa1!", "Password should have a minimum length of 8"},
		{"default counts characters", nil, "éééééA1a", ""},
		{"default two kinds", nil, "lowercase1", "Password should meet 1" + more + upper + ", " + symbol},
		{"default one kind", nil, "lowercase", "Password should meet 2" + more + upper + ", " + number + ", " + symbol},
		{"default no kind", nil, "ééééééééé", "Password should meet 3" + more + upper + ", " + lower + ", " + number + ", " + symbol},
		{"a space is no symbol", nil, "lower case 1", "Password should meet 1" + more + upper + ", " + symbol},
		{"account name", nil, "company-1", "Password should not be identical to the AWS account name or email address"},
		{"account email", nil, "root@example1.com", "Password should not be identical to the AWS account name or email address"},
		{"strict", strict, "Correct1horse!battery", ""},
		{"strict, everything wrong", strict, "", "Password should have a minimum length of 14, " + upper + ", " + lower + ", " + number + ", " + symbol},
		{"strict, one thing wrong", strict, "correct1horse!battery", upper},
		{"custom without wishes", &Policy{}, "aaaaaa", ""},
		{"custom without wishes, short", &Policy{}, "aaaaa", "Password should have a minimum length of 6"},
		{"custom allows the account's name", &Policy{}, "Company-1", ""},
		{"too long", &Policy{}, strings.Repeat("a", 129), "Password should have a maximum length of 128"},
		{"as long as can be", &Policy{}, strings.Repeat("é", 128), ""},
	} {
		if got := Violation(test.policy, test.password, account); got != test.want {
			t.Errorf("%s:\ngot  %q\nwant %q", test.name, got, test.want)
		}
	}
	for _, c := range Symbols {
		if got := Violation(&Policy{RequireSymbols: true}, "aaaaaa"+string(c), account); got != "" {
			t.Errorf("%q is no symbol: %s", c, got)
		}
	}
	for _, c := range "~`\\\":;<>,.?/ é" {
		if got := Violation(&Policy{RequireSymbols: true}, "aaaaaa"+string(c), account); got != symbol {
			t.Errorf("%q is a symbol: %q", c, got)
		}
	}
}

// TestMoreDemandsAcceptLess: whatever a policy accepts, one that demands less accepts too.
func TestMoreDemandsAcceptLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) bool { return rapid.Bool().Draw(t, name) }
		p := Policy{rapid.IntRange(6, 20).Draw(t, "minimum"), draw("symbols"), draw("numbers"), draw("upper"), draw("lower")}
		less := Policy{rapid.IntRange(6, p.MinimumLength).Draw(t, "less"), p.RequireSymbols && draw("s"), p.RequireNumbers && draw("n"), p.RequireUppercase && draw("u"), p.RequireLowercase && draw("l")}
		word := rapid.StringOfN(rapid.RuneFrom([]rune("aA1!é ")), 0, 24, -1).Draw(t, "password")
		if Violation(&p, word, Account{}) == "" && Violation(&less, word, Account{}) != "" {
			t.Fatalf("%q satisfies %+v, but not %+v", word, p, less)
		}
	})
}
