package analysis

import (
	"slices"
	"strings"

	"vauban/engine/policy"
)

// keyInfo is what is known of a condition key.
type keyInfo struct {
	single, multi bool   // what it can hold; both when nobody says
	kind          string // of its values, as in the Service Authorization Reference; "" unknown
	always        bool   // every request has it
	filled        bool   // never the empty text
}

// keyInfo looks a key up. AWS documentation: "AWS global condition context keys", availability and value type.
func (p *problem) keyInfo(key string) keyInfo {
	info := keyInfo{single: true, multi: true, filled: strings.HasPrefix(key, "aws:") && !strings.Contains(key, "tag/")}
	if p.world != nil {
		if k, ok := p.world.catalog.Key(key); ok {
			info.multi, info.single, info.kind = k.Multivalued(), !k.Multivalued(), k.ValueType()
		}
	}
	switch {
	case key == "aws:securetransport":
		return keyInfo{single: true, kind: "Bool", always: true, filled: true}
	case strings.HasSuffix(key, ":sub"), strings.HasSuffix(key, ":aud"), strings.HasSuffix(key, ":iss"): // of an identity provider's token
		info.single, info.multi = true, false
	case strings.HasPrefix(key, "aws:") && info.kind == "":
		if slices.Contains([]string{"aws:tagkeys", "aws:calledvia", "aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:principalservicenameslist"}, key) {
			info.single = false
		} else {
			info.multi = false
		}
	}
	if strings.HasPrefix(key, "aws:") && strings.HasSuffix(key, "present") || key == "aws:viaawsservice" || key == "aws:principalisawsservice" {
		info.kind = "Bool"
	}
	if key == "aws:sourceip" || key == "aws:vpcsourceip" {
		info.kind = "IPAddress"
	}
	return info
}

// clock reports whether a key tells the time. The two that do tell the same.
func clock(key string) bool { return key == "aws:currenttime" || key == "aws:epochtime" }

// ofCaller reports whether a key follows from who asks: its value is part of the choice of a principal.
func ofCaller(key string) bool {
	switch key {
	case "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username", "aws:principalisawsservice":
		return true
	}
	return false
}

// needsAccount reports whether only callers that belong to an account have the key.
func needsAccount(key string) bool {
	switch key {
	case "aws:userid", "aws:principalorgid", "aws:principalorgpaths", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime", "aws:sourceidentity":
		return true
	}
	return strings.HasPrefix(key, "aws:principaltag/")
}

// inAccount says that who belongs to an account.
func inAccount(who *policy.Principal) bool {
	switch who.Kind {
	case policy.Root, policy.User, policy.RoleSession, policy.FederatedUser:
		return true
	}
	return false
}
