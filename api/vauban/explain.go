package vauban

// ExplainAccessInput is a question: may the principal do the action on the resource?
type ExplainAccessInput struct {
	PrincipalArn    *string        `api:",required,is=principalArn"` // user, role, role session or root; or the name of a service principal
	Action          *string        `api:",required,is=actionName"`
	Resource        *string        `api:",is=resourceName"` // ARN; "*" when absent
	ResourceAccount *string        `api:",is=accountId"`    // owner of the resource; by default that in its ARN, or the principal's
	ContextEntries  []ContextEntry `api:",is=contextEntries"`
}

// ContextEntry is a condition key with its value. It takes the place of what Vauban knows by itself.
type ContextEntry struct {
	Key    *string  `api:",required,is=contextKey"`
	Values []string `api:",is=contextValues"`
	Multi  *bool    // the key holds a set; by default when there is not exactly one value
}

// ExplainAccessOutput is the answer with all that led to it.
type ExplainAccessOutput struct {
	Decision           *string // "allowed", "explicitDeny" or "implicitDeny"
	DecidedBy          []Reason
	Message            *string // what the principal would read of a refusal
	Layers             []Layer
	Context            []ContextEntry // as it was seen
	MissingContextKeys []string       // asked for by statements on the action and resource, but absent
}

// Reason is a statement that decided, or a layer that should have allowed and did not (Statement -1).
type Reason struct {
	Layer     *string
	Level     *string
	Policy    *string
	Statement *int64 `api:",i32"`
	Sid       *string
	Line      *int64 `api:",i32"`
	Column    *int64 `api:",i32"`
}

// Layer is one kind of policy, or one level of the organization.
type Layer struct {
	Layer    *string
	Level    *string
	Exempt   *string // why the layer does not apply, absent when it does
	Allows   *bool
	Denies   *bool
	Reach    *string // how the closest grant names the principal: "account", "role" or "direct"
	Policies []Policy
}

// Policy is one policy with its statements.
type Policy struct {
	Name       *string
	Statements []Statement
}

// Statement is one statement: whether it speaks of the request, and if not, which element failed first.
type Statement struct {
	Index      *int64 `api:",i32"`
	Sid        *string
	Line       *int64  `api:",i32"`
	Column     *int64  `api:",i32"`
	Effect     *string // "Allow" or "Deny"
	Matches    *bool
	Failed     *string
	Reach      *string
	Conditions []Condition
}

// Condition is one condition with the value that it saw.
type Condition struct {
	Operator *string
	Key      *string
	Wanted   []string
	Present  *bool
	Multi    *bool
	Values   []string
	Holds    *bool
}
