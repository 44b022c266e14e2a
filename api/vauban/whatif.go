package vauban

import "time"

// WhatIfInput asks which recorded calls would have been decided otherwise, had the policy been in force at the target.
type WhatIfInput struct {
	PolicyDocument *string    `api:",required,is=policyDocument"`
	Target         *string    `api:",required,is=target"` // a root or unit of the organization, an account, or the ARN of a user or role
	Type           *string    `api:",is=policyType"`      // by default scp for nodes and accounts, identity for principals
	Replaces       *string    `api:",is=policyName"`      // name or ARN of the policy whose place it takes; it is added when absent
	StartTime      *time.Time // by default as long ago as the log reaches
	EndTime        *time.Time
	MaxResults     *int64 `api:",i32,is=maxRecords"` // records to read for one answer
	NextToken      *string
}

// WhatIfOutput is about the records of one page. The changes of all pages are to be added up.
type WhatIfOutput struct {
	Changes    []Change
	Records    *int64 // read
	Replayed   *int64 // of them, calls in which the policy has a say
	Incomplete *int64 // of them, recorded by a version that kept too little
	Position   *int64 // records from the beginning of the time to here, about
	Total      *int64 // to its end
	NextToken  *string
}

// Change is calls of the same kind.
type Change struct {
	Change       *string // "denied", "allowed", or "unknown" when it cannot be told
	PrincipalArn *string // of a session: the role
	Action       *string
	Resource     *string
	Count        *int64
	First        *time.Time
	Last         *time.Time
	EventId      *string  // of the last
	DecidedBy    []Reason // what would decide
	Unknown      []string // why it cannot be told
}
