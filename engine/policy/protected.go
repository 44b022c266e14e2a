package policy

import (
	"strings"

	"vauban/engine/arn"
)

// Protected says why no policy can allow the request: AWS keeps some entities to itself; "" when policies decide. A server refuses such
// calls with an error of the service, so [Decide] does not ask. AWS documentation: "Service-linked roles", "AWS managed policies", and
// KMS "Aliases" (aliases that begin with alias/aws/).
func Protected(req *Request) string {
	service, name, _ := strings.Cut(strings.ToLower(req.Action), ":")
	a, err := arn.Parse(req.Resource)
	if err != nil || a.Service != service {
		return ""
	}
	switch service {
	case "iam":
		switch {
		case strings.HasPrefix(a.Resource, "role/aws-service-role/") && changesRole(name) && req.Principal.Kind != Service:
			return "only its service changes a service-linked role"
		case strings.HasPrefix(a.Resource, "role/aws-reserved/") && changesRole(name) && req.Principal.Kind != Service:
			return "only AWS changes a reserved role"
		case a.Account == "aws" && a.Type() == "policy" && changesPolicy(name):
			return "AWS managed policies cannot be changed"
		}
	case "kms":
		if strings.HasPrefix(a.Resource, "alias/aws/") && (name == "createalias" || name == "updatealias" || name == "deletealias") {
			return "aliases that begin with alias/aws/ are AWS's own"
		}
	}
	return ""
}

func changesRole(action string) bool {
	switch action {
	case "attachrolepolicy", "detachrolepolicy", "putrolepolicy", "deleterolepolicy", "putrolepermissionsboundary", "deleterolepermissionsboundary",
		"updateassumerolepolicy", "updaterole", "deleterole", "createrole", "tagrole", "untagrole":
		return true
	}
	return false
}

func changesPolicy(action string) bool {
	switch action {
	case "createpolicy", "deletepolicy", "createpolicyversion", "deletepolicyversion", "setdefaultpolicyversion", "tagpolicy", "untagpolicy":
		return true
	}
	return false
}
