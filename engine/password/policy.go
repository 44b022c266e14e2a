package password

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Policy is an account's password policy. A nil Policy is AWS's default, which asks for eight characters of three kinds.
type Policy struct {
	MinimumLength    int // characters; 0 means 6, as UpdateAccountPasswordPolicy has it
	RequireSymbols   bool
	RequireNumbers   bool
	RequireUppercase bool
	RequireLowercase bool
}

// Account is what a password must not be equal to, under the default policy.
type Account struct{ Name, Email string }

// Limits of AWS: MinimumPasswordLength is 6 to 128, and no password is longer.
const (
	ShortestMinimum = 6
	Longest         = 128
	defaultMinimum  = 8
	defaultKinds    = 3
)

// Symbols are the non-alphanumeric characters that count as symbols.
const Symbols = "!@#$%^&*()_+-=[]{}|'"

// ReuseViolation is the message when a password is one of the last that PasswordReusePrevention remembers.
const ReuseViolation = "Policy constraint violation with password reuse prevention during password change."

// kind is a kind of character, in the order in which AWS names them.
type kind struct {
	complaint string
	present   func(c rune) bool
	required  func(p *Policy) bool
}

func kinds() [4]kind {
	between := func(low, high rune) func(rune) bool { return func(c rune) bool { return low <= c && c <= high } }
	return [4]kind{
		{"Password should have at least one uppercase letter", between('A', 'Z'), func(p *Policy) bool { return p.RequireUppercase }},
		{"Password should have at least one lowercase letter", between('a', 'z'), func(p *Policy) bool { return p.RequireLowercase }},
		{"Password should have at least one number", between('0', '9'), func(p *Policy) bool { return p.RequireNumbers }},
		{"Password should have at least one symbol", func(c rune) bool { return strings.ContainsRune(Symbols, c) }, func(p *Policy) bool { return p.RequireSymbols }},
	}
}

// Violation returns the message of PasswordPolicyViolation, "" when the policy accepts the password.
func Violation(p *Policy, password string, a Account) string {
	if utf8.RuneCountInString(password) > Longest {
		return fmt.Sprintf("Password should have a maximum length of %d", Longest)
	}
	if p == nil {
		return defaultViolation(password, a)
	}
	var complaints []string
	minimum := p.MinimumLength
	if minimum == 0 {
		minimum = ShortestMinimum
	}
	if c := tooShort(password, minimum); c != "" {
		complaints = append(complaints, c)
	}
	for _, k := range kinds() {
		if k.required(p) && !strings.ContainsFunc(password, k.present) {
			complaints = append(complaints, k.complaint)
		}
	}
	return strings.Join(complaints, ", ")
}

func tooShort(password string, minimum int) string {
	if utf8.RuneCountInString(password) < minimum {
		return fmt.Sprintf("Password should have a minimum length of %d", minimum)
	}
	return ""
}

func defaultViolation(password string, a Account) string {
	if c := tooShort(password, defaultMinimum); c != "" {
		return c
	}
	var absent []string
	for _, k := range kinds() {
		if !strings.ContainsFunc(password, k.present) {
			absent = append(absent, k.complaint)
		}
	}
	if missing := defaultKinds - (len(kinds()) - len(absent)); missing > 0 {
		return fmt.Sprintf("Password should meet %d more of the following requirements: %s", missing, strings.Join(absent, ", "))
	}
	if a.Name != "" && strings.EqualFold(password, a.Name) || a.Email != "" && strings.EqualFold(password, a.Email) {
		return "Password should not be identical to the AWS account name or email address"
	}
	return ""
}
