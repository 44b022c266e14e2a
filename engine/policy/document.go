package policy

// Document is a parsed policy.
type Document struct{}

type value struct{}
