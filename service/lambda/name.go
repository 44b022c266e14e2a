package lambda

import (
	"strings"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
)

// latest is the qualifier of the version that can be changed.
const latest = "$LATEST"

// name is what a client calls a function: by name, by partial ARN or by ARN, with or without a version or alias. Developer guide: "Lambda function
// names".
type name struct {
	account, region, function string
	qualifier                 string // "" when none is given
}

// maxName bounds the name of a function.
const maxName = 64

// named reads what a client calls a function, in the words of the operation's two members.
func named(c *service.Call, text, qualifier *string) (name, error) {
	n := name{account: c.Account, region: c.Region}
	rest := wire.Text(text)
	if after, ok := strings.CutPrefix(rest, "arn:"); ok { // arn:aws:lambda:region:account:function:…
		if parts := strings.SplitN(after, ":", 5); len(parts) == 5 {
			n.region, n.account, rest = parts[2], parts[3], parts[4]
		}
	} else if parts := strings.SplitN(rest, ":", 3); len(parts) >= 2 && len(parts[0]) == 12 && parts[1] == "function" { // account:function:…
		n.account, rest = parts[0], rest[13:]
	}
	rest = strings.TrimPrefix(rest, "function:")
	n.function, n.qualifier, _ = strings.Cut(rest, ":")
	if n.function == "" || strings.ContainsAny(n.function+n.qualifier, ":/.") {
		return n, invalid("The function name %q is not valid.", bounded(wire.Text(text), 200))
	}
	if len(n.function) > maxName {
		return n, invalid("1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64", bounded(n.function, 200))
	}
	if q := wire.Text(qualifier); q != "" {
		if n.qualifier != "" && n.qualifier != q {
			return n, invalid("The derived qualifier from the function name does not match the specified qualifier.")
		}
		n.qualifier = q
	}
	if n.region != c.Region {
		return n, user(api.ResourceNotFoundException.New("Functions from '%s' are not reachable in this region ('%s')", bounded(n.region, 40), c.Region))
	}
	return n, nil
}

func (n name) arn() string { return functionARN(n.account, n.region, n.function, n.qualifier) }

func functionARN(account, region, function, qualifier string) string {
	a := "arn:aws:lambda:" + region + ":" + account + ":function:" + function
	if qualifier != "" {
		a += ":" + qualifier
	}
	return a
}

// isNumber reports whether a qualifier is a published version.
func isNumber(q string) bool {
	for _, c := range []byte(q) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return q != ""
}
