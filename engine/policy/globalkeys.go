package policy

import "strings"

// canonical returns the usual spelling of a global condition key, and any other key as it is. The text is this package's constant, which the
// compiler shares with those that fill a context: equal keys are then the same bytes in memory, and comparing them is comparing addresses.
func canonical(key string) string {
	switch strings.ToLower(key) {
	case "aws:calledvia":
		return "aws:CalledVia"
	case "aws:currenttime":
		return "aws:CurrentTime"
	case "aws:epochtime":
		return "aws:EpochTime"
	case "aws:multifactorauthage":
		return "aws:MultiFactorAuthAge"
	case "aws:multifactorauthpresent":
		return "aws:MultiFactorAuthPresent"
	case "aws:principalaccount":
		return "aws:PrincipalAccount"
	case "aws:principalarn":
		return "aws:PrincipalArn"
	case "aws:principalisawsservice":
		return "aws:PrincipalIsAWSService"
	case "aws:principalorgid":
		return "aws:PrincipalOrgID"
	case "aws:principalorgpaths":
		return "aws:PrincipalOrgPaths"
	case "aws:principaltype":
		return "aws:PrincipalType"
	case "aws:requestedregion":
		return "aws:RequestedRegion"
	case "aws:resourceaccount":
		return "aws:ResourceAccount"
	case "aws:resourceorgid":
		return "aws:ResourceOrgID"
	case "aws:securetransport":
		return "aws:SecureTransport"
	case "aws:sourceaccount":
		return "aws:SourceAccount"
	case "aws:sourcearn":
		return "aws:SourceArn"
	case "aws:sourceidentity":
		return "aws:SourceIdentity"
	case "aws:sourceip":
		return "aws:SourceIp"
	case "aws:tagkeys":
		return "aws:TagKeys"
	case "aws:tokenissuetime":
		return "aws:TokenIssueTime"
	case "aws:userid":
		return "aws:userid"
	case "aws:username":
		return "aws:username"
	case "aws:viaawsservice":
		return "aws:ViaAWSService"
	}
	return key
}
