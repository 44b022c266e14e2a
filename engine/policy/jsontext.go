package policy

// JSONType is the type of a JSON value, in the words that AWS uses.
type JSONType string

// The types of JSON values.
const (
	JSONNull    JSONType = "Null"
	JSONBoolean JSONType = "Boolean"
	JSONNumber  JSONType = "Number"
	JSONString  JSONType = "String"
	JSONArray   JSONType = "Array"
	JSONObject  JSONType = "Object"
)

// JSON is one value of a policy's text, whatever it says, for those who judge the text itself (package lint). From and To are byte
// offsets in the text.
type JSON struct {
	Type     JSONType
	Text     string // of a string what it says; of other scalars how they are written
	From, To int
	Items    []*JSON
	Members  []JSONMember
}

// JSONMember is a member of an object. From and To are where its name stands, with the quotes.
type JSONMember struct {
	Name     string
	From, To int
	Value    *JSON
}

// ParseJSON reads a text as [Parse] does, with the same bounds, but does not ask whether it is a policy. Errors are of type *SyntaxError.
func ParseJSON(text []byte) (*JSON, error) {
	n, err := decode(string(text))
	if err != nil {
		return nil, err
	}
	return n.export(), nil
}

func (n *node) export() *JSON {
	out := &JSON{Type: n.kind.jsonType(), Text: n.text, From: n.from, To: n.to}
	for _, i := range n.items {
		out.Items = append(out.Items, i.export())
	}
	for _, m := range n.members {
		out.Members = append(out.Members, JSONMember{Name: m.name, From: m.span.from, To: m.span.to, Value: m.node.export()})
	}
	return out
}

func (k nodeKind) jsonType() JSONType {
	switch k {
	case boolNode:
		return JSONBoolean
	case numberNode:
		return JSONNumber
	case stringNode:
		return JSONString
	case arrayNode:
		return JSONArray
	case objectNode:
		return JSONObject
	}
	return JSONNull
}

// Member returns the value of that name, or nil.
func (j *JSON) Member(name string) *JSON {
	for i := range j.Members {
		if j.Members[i].Name == name {
			return j.Members[i].Value
		}
	}
	return nil
}
