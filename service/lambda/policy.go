package lambda

// Policy is a resource policy, with unique IDs in place of principals.
type Policy struct {
	Text   string            `json:",omitempty"`
	Owners map[string]string `json:",omitempty"` // accounts of these IDs
}
