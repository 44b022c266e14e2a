// Package policy is the IAM policy language: it reads policies, checks them with AWS's own words, and decides who may do what.
//
// It is pure: documents, a request and its context go in; a [Decision] with its reasons comes out. It does no I/O, reads no
// clock, holds no state and knows neither the store nor AWS's wire shapes. Which policies bear on a request is the caller's to
// say, in [Policies]; how they combine is decided here and nowhere else.
//
// Start reading at [Evaluate], then [Statement] and the file statement.go. [Parse] makes the documents, [Validate] says what AWS
// would refuse, [Explain] repeats a decision and shows every step, [DenialMessage] puts a refusal into AWS's words.
//
// Where policies are unclear or broken, the answer is no: a text that [Parse] does not understand completely is an error, never a
// policy with parts left out.
//
// AWS documentation: "Policy evaluation logic", "IAM JSON policy element reference", "IAM JSON policy elements: Condition
// operators", "IAM policy elements: Variables and tags", "Cross-account policy evaluation logic".
package policy
