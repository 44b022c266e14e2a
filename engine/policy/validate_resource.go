package policy

import "strings"

// iamPaths are the beginnings that IAM takes for its own resources, in the order of its message.
const iamPaths = "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/"

// resourceForm checks one element of Resource or NotResource as IAM does. Elements may stop early ("arn:aws:s3").
func resourceForm(n *node) *ValidationError {
	text := n.text
	if text == "*" {
		return nil
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) == 1 || parts[0] != "arn" && isPartition(parts[1]) {
		return malformed(n.Position, "Resource %s must be in ARN format or \"*\".", text)
	}
	if !isPartition(parts[1]) {
		return malformed(n.Position, "Partition \"%s\" is not valid for resource \"arn:%s:%s\".", parts[1], parts[1], strings.Join(padded(parts[2:]), ":"))
	}
	if len(parts) == 2 || strings.ContainsAny(parts[2], "*?") {
		return malformed(n.Position, "Resource vendor must be fully qualified and cannot contain regexes.")
	}
	if len(parts) < 4 {
		return nil
	}
	switch parts[2] {
	case "iam":
		if parts[3] != "" {
			return malformed(n.Position, "IAM resource %s cannot contain region information.", text)
		}
		if len(parts) == 6 && !isIAMPath(parts[5]) {
			return malformed(n.Position, "IAM resource path must either be \"*\" or start with %s.", iamPaths)
		}
	case "s3":
		// Access points and the like have a region and an account; buckets and objects have neither.
		if parts[3] != "" && (len(parts) < 5 || parts[4] == "") {
			return malformed(n.Position, "Resource %s can not contain region information.", text)
		}
	}
	return nil
}

// padded fills the parts of an ARN after the partition up to four with *, as IAM's message does; an empty last part becomes one too.
func padded(parts []string) []string {
	out := append([]string(nil), parts...)
	if len(out) == 1 && out[0] == "" {
		out[0] = "*"
	}
	for len(out) < 4 {
		out = append(out, "*")
	}
	return out
}

func isPartition(s string) bool {
	switch s {
	case "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*":
		return true
	}
	return false
}

func isIAMPath(s string) bool {
	if s == "*" || s == "root" { // the root of an account is what sts:AssumeRoot acts on
		return true
	}
	for p := range strings.SplitSeq(iamPaths, ", ") {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
