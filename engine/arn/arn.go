package arn

import (
	"errors"
	"strings"
)

// MaxLength is the longest ARN that any AWS API takes, in bytes.
const MaxLength = 2048

// ErrInvalid says that a text is not an ARN.
var ErrInvalid = errors.New("arn: not of the form arn:partition:service:region:account:resource")

// ARN is an Amazon Resource Name: arn:Partition:Service:Region:Account:Resource. Region and Account are empty in the names of
// many services; Resource may itself contain colons and slashes.
type ARN struct {
	Partition string
	Service   string
	Region    string
	Account   string
	Resource  string
}

// Parse takes s apart. Partition, service and resource must not be empty; wildcards are taken as they stand.
func Parse(s string) (ARN, error) {
	p, ok := Split(s)
	if !ok || len(s) > MaxLength || p[0] != "arn" || p[1] == "" || p[2] == "" || p[5] == "" {
		return ARN{}, ErrInvalid
	}
	return ARN{Partition: p[1], Service: p[2], Region: p[3], Account: p[4], Resource: p[5]}, nil
}

// Split cuts s at its first five colons, without looking at what stands between them. It does not allocate.
func Split(s string) (parts [6]string, ok bool) {
	for i := range 5 {
		n := strings.IndexByte(s, ':')
		if n < 0 {
			return parts, false
		}
		parts[i], s = s[:n], s[n+1:]
	}
	parts[5] = s
	return parts, true
}

// String puts the ARN together.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// Type returns what stands before the first slash or colon of the resource, or "" when there is neither: "user" for user/path/name.
func (a ARN) Type() string {
	if i := strings.IndexAny(a.Resource, "/:"); i >= 0 {
		return a.Resource[:i]
	}
	return ""
}

// Name returns what stands after the last slash of the resource: the name of an IAM resource without its path. Without a slash
// it is what stands after the last colon, or the whole resource.
func (a ARN) Name() string {
	if i := strings.LastIndexByte(a.Resource, '/'); i >= 0 {
		return a.Resource[i+1:]
	}
	if i := strings.LastIndexByte(a.Resource, ':'); i >= 0 {
		return a.Resource[i+1:]
	}
	return a.Resource
}

// IsAccount reports whether s is an account ID: twelve digits.
func IsAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
