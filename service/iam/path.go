package iam

import (
	"strings"

	"vauban/service"
)

// pathOf is the path in a request, "/" when absent.
func pathOf(p *string) string {
	if p == nil {
		return "/"
	}
	return *p
}

// prefixOf is the path prefix of a listing.
func prefixOf(p *string) string { return pathOf(p) }

// onPath is the rule of a listing: IAM authorises it on the path that it lists, e.g. arn:aws:iam::A:user/.
func onPath[In any](kind string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		return []service.Question{{Resource: "arn:aws:iam::" + c.Account + ":" + kind + "/"}}, nil
	}
}

// accountOf is the account part of an ARN, "" when there is none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// ownerOf is the account in which a resource is asked for that may be another's: what is AWS's, every account has.
func ownerOf(arn string) string {
	if a := accountOf(arn); a != awsAccount {
		return a
	}
	return ""
}
