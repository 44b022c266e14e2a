package logfilter

// Path is a property selector by itself: $.a.b[0].
type Path struct{ selector *selector }

// ParsePath reads a property selector.
func ParsePath(text string) (*Path, error) {
	s, rest, err := parseSelector(text)
	if err == nil && rest != "" {
		err = fail("%q is not a property selector", short(text))
	}
	if err != nil {
		return nil, err
	}
	return &Path{s}, nil
}

// First is the first value at the path, of what [Document] has read.
func (p *Path) First(doc any) (any, bool) { return p.selector.first(doc) }

// Needs are texts that every event has which has the path: see [Has].
func (p *Path) Needs() []string { return names(p.selector) }

// Has reports whether an event may be one with all the texts, without parsing it. An event with escapes may spell its texts in other ways.
func Has(message string, needs []string) bool { return has(message, needs) }

// Document reads an event that is a JSON object, or a list. Its numbers are of type [encoding/json.Number].
func Document(message string) (any, bool) { return parseEvent(message) }

// Text writes a value of a document as text.
func Text(v any) string { return show(v) }

// Fields divides a space-delimited event into fields. What is in double quotes or brackets is one.
func Fields(message string) []string { return (*columns)(nil).split(message) }
