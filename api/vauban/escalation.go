package vauban

import (
	"reflect"

	"vauban/api/wire"
)

// OpExplainEscalation finds paths to more power.
var OpExplainEscalation = &wire.Operation{
	Name: "ExplainEscalation", Method: "POST", URI: "/", Status: 200, ReadOnly: true,
	Input: reflect.TypeFor[ExplainEscalationInput](), Output: reflect.TypeFor[ExplainEscalationOutput](),
	Actions: []wire.Action{{Name: "vauban:ExplainEscalation", Level: wire.LevelRead}},
	Errors:  []*wire.ErrorShape{AccessDeniedException, InvalidInputException, NoSuchEntityException, ThrottlingException},
}

// ExplainEscalationInput asks how a principal could gain more power than it was given.
type ExplainEscalationInput struct {
	PrincipalArn   *string        `api:",is=principalArn"`     // user or role to start from; all principals when absent
	ContextEntries []ContextEntry `api:",is=contextEntries"`   // that all requests would carry, such as aws:SourceIp
	MaxResults     *int64         `api:",i32,is=pathsPerPage"` // a page ends after the principal with which it has that many paths
	NextToken      *string        `api:",is=pageToken"`
}

// ExplainEscalationOutput is the paths, from each principal in the order of their ARNs.
type ExplainEscalationOutput struct {
	Paths          []EscalationPath
	Administrators []string // principals that need no path
	Incomplete     *bool    // the search was ended before it had seen all: there may be more paths
	NextToken      *string
}

// EscalationPath is a way from a principal to more power.
type EscalationPath struct {
	From  *string
	To    *string // From itself when it changes its own permissions
	Gain  *string // "administrator", or "more": see Proof
	Proof *EscalationProof
	Steps []EscalationStep
	Cut   *EscalationCut // absent when nothing that the path stands on can be taken away, or the search is incomplete
}

// EscalationProof is something that To may do and From may not.
type EscalationProof struct {
	Action    *string
	Resource  *string
	AllowedBy *EscalationStatement
}

// EscalationStep is one edge of a path.
type EscalationStep struct {
	By        *string // who acts
	Gets      *string // what is in its hands then
	Row       *string // of the catalogue of known ways
	Text      *string
	Via       *string // compute, group or policy that is used
	Questions []EscalationQuestion
}

// EscalationQuestion is one question that the policy engine answered with yes.
type EscalationQuestion struct {
	Principal *string
	Action    *string
	Resource  *string
	Context   []ContextEntry // keys of this question, beside those of the principal
	AllowedBy []EscalationStatement
}

// EscalationStatement is a statement that granted.
type EscalationStatement struct {
	Layer     *string
	Policy    *string // ARN of a managed policy, name of an inline one, or "trust policy"
	Holder    *string // user, group or role that holds it
	Statement *int64  `api:",i32"`
	Sid       *string
	Line      *int64 `api:",i32"`
	Column    *int64 `api:",i32"`
}

// EscalationCut is the smallest change after which To is out of From's reach.
type EscalationCut struct {
	Changes  []EscalationChange
	Smallest *bool // no smaller number of changes does
}

// EscalationChange is one thing to take away.
type EscalationChange struct {
	Kind    *string // "remove the statement", "detach the policy", "change the trust policy" or "change the resource policy"
	At      *EscalationStatement
	Affects *int64 `api:",i32"` // principals for which the policy counts
}
