package access

import (
	"encoding/json"

	"vauban/engine/policy"
)

// Records cite policies by name, version and digest, so that a replay knows whether it has the text that was in force. All of it is
// written once when a policy is read, and not for each call.

// cite is "name@version#digest"; "@version" of managed policies only.
func (t *PolicyText) cite(n *policy.Named) string {
	s := t.Name
	if t.Version != "" {
		s += "@" + t.Version
	}
	return s + "#" + n.Document.Digest
}

// Cite is "name#digest": how records name a policy of a resource or a session.
func Cite(n *policy.Named) string {
	if n.Document == nil {
		return n.Name + "#"
	}
	return n.Name + "#" + n.Document.Digest
}

// cited are the members "policies" and "boundary" of the record.
func (h *Holder) cited() []byte {
	names := make([]string, len(h.identity))
	for i := range h.identity {
		names[i] = h.Identity[i].cite(&h.identity[i])
	}
	out := append([]byte(`"policies":`), encode(names)...)
	if h.boundary != nil {
		out = append(append(out, `,"boundary":`...), encode(h.Boundary.cite(h.boundary))...)
	}
	return out
}

// citedLevel is a level of the organisation in a record.
type citedLevel struct {
	Level    string   `json:"level"`
	Policies []string `json:"policies"`
}

func citedLevels(texts []Level, parsed []policy.Level) []byte {
	if parsed == nil {
		return nil
	}
	out := make([]citedLevel, len(parsed))
	for i := range parsed {
		out[i] = citedLevel{parsed[i].Name, make([]string, len(parsed[i].Policies))}
		for j := range parsed[i].Policies {
			out[i].Policies[j] = texts[i].Policies[j].cite(&parsed[i].Policies[j])
		}
	}
	return encode(out)
}

// encode writes texts and lists of them, which cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}
