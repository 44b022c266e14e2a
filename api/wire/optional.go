package wire

// Text is the value of an optional string, "" when it is absent.
func Text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// Optional is an optional string, absent when it is empty.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
