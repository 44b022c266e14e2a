package escalation

import (
	"time"

	"vauban/engine/policy"
)

// World is all that the search knows. Nothing in it is changed. Policies that are named and not there count as empty; so does a broken
// reference to a group.
type World struct {
	Now        time.Time
	Accounts   []Account
	Principals []Principal
	Groups     []Group
	Policies   []Managed
	Compute    []Compute
	Services   []string // prefixes of the actions that can be called here ("iam", "lambda"); nil: all
	Regions    []string // that things can be made in; nil: us-east-1
}

// Account is what bears on all principals of an account.
type Account struct {
	ID           string
	Organization string         // its ID, "" outside one
	SCPs         []policy.Level // from the root down; nil when none apply, as to the management account
	RCPs         []policy.Level
}

// Principal is a user, a role or an account's root.
type Principal struct {
	Kind     policy.PrincipalKind // User, RoleSession for a role, or Root
	ARN      string
	ID       string // unique ID, by which stored trust policies name it
	Tags     map[string]string
	Inline   []policy.Named // by name
	Attached []string       // ARNs of managed policies
	Boundary string         // ARN of a managed policy, or ""

	Groups       []string // users: ARNs
	AccessKeys   int
	LoginProfile bool
	MFADevices   int

	Trust         *policy.Document // roles
	Profiles      []string         // roles: ARNs of the instance profiles that hold it
	ServiceLinked bool
}

// Group is a group of users.
type Group struct {
	ARN      string
	Inline   []policy.Named
	Attached []string
}

// Managed is a managed policy. AWS's own need only the version that counts.
type Managed struct {
	ARN      string
	Default  string // ID of the version that counts
	Versions []Version
}

// Version is a version of a managed policy.
type Version struct {
	ID       string
	Document *policy.Document
}

// Compute is something that runs with a role: an instance, a function, a project, a stack.
type Compute struct {
	Kind   string // as the catalogue names it: "lambda:function", "ec2:instance" …
	ARN    string
	Role   string // ARN
	Tags   map[string]string
	Policy *policy.Document // the resource's own, where it has one
}

// Quotas that decide whether something has room. AWS documentation: "IAM and AWS STS quotas".
const (
	maxVersions   = 5
	maxAccessKeys = 2
	maxAttached   = 10
	maxGroups     = 10
)

// AdministratorAccess is the managed policy that allows everything.
const AdministratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"
