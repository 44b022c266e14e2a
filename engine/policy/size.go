package policy

import "unicode/utf8"

// Quotas on the size of policies, in characters as [Size] counts them. AWS documentation: "IAM and AWS STS quotas", "Quotas for AWS
// Organizations".
const (
	ManagedPolicySize   = 6144  // one managed policy
	UserInlineSize      = 2048  // all inline policies of a user together
	GroupInlineSize     = 5120  // … of a group
	RoleInlineSize      = 10240 // … of a role
	TrustPolicySize     = 2048  // default, adjustable to MaxTrustPolicySize
	MaxTrustPolicySize  = 8192
	SessionPolicySize   = 2048  // inline session policy
	ServiceControlSize  = 10240 // SCP; white space counts; 5,120 before May 2026
	ResourceControlSize = 5120  // RCP; white space counts
	BucketPolicySize    = 20480 // bytes, white space counts
	KeyPolicySize       = 32768 // bytes, white space counts
	MaxPolicyVersions   = 5     // of a managed policy
	MaxAttachedPolicies = 10    // managed policies of an entity, adjustable
	MaxSessionPolicies  = 10    // managed session policies
	MaxNodeSCPs         = 10    // SCPs at a node of the organization; 5 before May 2026
	MaxNodeRCPs         = 5     // RCPs at a node of the organization
)

// Size counts the characters of a policy but for the white space between its elements, which no IAM quota counts.
func Size(text []byte) int {
	n := 0
	quoted := false
	for i := 0; i < len(text); {
		r, w := utf8.DecodeRune(text[i:])
		i += w
		switch {
		case quoted && r == '\\' && i < len(text):
			_, w := utf8.DecodeRune(text[i:])
			i += w
			n += 2
			continue
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ' ' || r == '\t' || r == '\r' || r == '\n'):
			continue
		}
		n++
	}
	return n
}
