package policy

import "vauban/engine/glob"

// The versions of the policy language. Variables are a thing of the later one.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Document is a parsed policy. It is immutable and may be shared.
type Document struct {
	Version    string // Version2008 when the text names none
	ID         string
	Digest     string // of the text that was parsed: equal texts have equal digests, and no two different ones
	Statements []Statement
}

// Statement is one rule. Of each pair (Action and NotAction, …) one at most is present; an absent list is nil.
type Statement struct {
	Position
	Sid          string
	Effect       Effect // Allow or ExplicitDeny
	Principal    []PrincipalElement
	NotPrincipal []PrincipalElement
	Action       []Element
	NotAction    []Element
	Resource     []Element
	NotResource  []Element
	Condition    []Condition

	actions   actionSet
	resources []resourcePattern
	universal bool // speaks of everything that anybody does, as FullAWSAccess does at every node of most organisations
}

// Element is one text of a policy with its place.
type Element struct {
	Position
	Text string
}

// PrincipalType is the name of a list inside a Principal element.
type PrincipalType string

// The types of principal.
const (
	PrincipalAny       PrincipalType = "*" // "Principal": "*", and {"AWS": "*"}
	PrincipalAWS       PrincipalType = "AWS"
	PrincipalService   PrincipalType = "Service"
	PrincipalFederated PrincipalType = "Federated"
	PrincipalCanonical PrincipalType = "CanonicalUser"
)

// PrincipalElement is one principal that a statement names.
type PrincipalElement struct {
	Element
	Type PrincipalType

	account string // when the element names a whole account
}

// Condition is one key of one operator; all conditions of a statement must hold.
type Condition struct {
	Position
	Operator Operator
	Key      string // as written
	Values   []Element

	hash   uint32 // of Key
	key    string // Key, canonical
	values []conditionValue
	broken bool // a value cannot be read as what the operator compares
	simple bool // the operator wants one value, and the key to be there
}

// resourcePattern is one element of Resource or NotResource, compiled.
type resourcePattern struct {
	glob     glob.Pattern
	template *template // when variables must be put in first; else nil
	star     bool      // exactly "*"
}
