package contributor

import (
	"fmt"
	"strings"

	"vauban/engine/arn"
)

// Group is log groups as a rule's LogGroupARNs name them.
type Group struct {
	Region, Account string // the account may be *
	Name            string // may end with an asterisk
}

// ParseGroup reads arn:aws:logs:REGION:ACCOUNT:log-group:NAME, which the guide also writes with a slash before the name. The account may be an asterisk as a
// whole, and the name may end with one.
func ParseGroup(text string) (Group, error) {
	parts := strings.SplitN(text, ":", 6)
	bad := fmt.Errorf("%q is not the ARN of log groups, such as arn:aws:logs:us-east-1:111122223333:log-group:/app/*", short(text))
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] != "logs" || parts[3] == "" {
		return Group{}, bad
	}
	g := Group{Region: parts[3], Account: parts[4]}
	rest, ok := strings.CutPrefix(parts[5], "log-group")
	if !ok || rest == "" || rest[0] != ':' && rest[0] != '/' {
		return Group{}, bad
	}
	g.Name = strings.TrimSuffix(rest[1:], ":*")
	if !isPattern(g.Name) || g.Account != "*" && !arn.IsAccount(g.Account) {
		return Group{}, bad
	}
	return g, nil
}
