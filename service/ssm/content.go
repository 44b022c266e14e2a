package ssm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	api "vauban/api/ssm"
	"vauban/engine/automation"
)

// read checks the content of a document and gives it in JSON.
func (s *Service) read(format, content string) (runbook string, d *automation.Document, err error) {
	if len(content) > maxContent {
		return "", nil, api.MaxDocumentSizeExceeded.New("The size of the document is %d bytes; it can be %d at most.", len(content), maxContent)
	}
	text := []byte(content)
	if format == api.DocumentFormatYaml {
		text, err = fromYAML(content)
		if errors.Is(err, errLarge) {
			return "", nil, api.MaxDocumentSizeExceeded.New("The document comes to more than %d bytes with what its aliases repeat.", maxWritten)
		}
		if err != nil {
			return "", nil, api.InvalidDocumentContent.New("The document is not valid YAML: %v.", err)
		}
	}
	d, err = automation.Parse(text)
	var bad *automation.ContentError
	switch {
	case errors.Is(err, automation.ErrSchema):
		return "", nil, api.InvalidDocumentSchemaVersion.New("%s.", strings.TrimPrefix(err.Error(), "automation: "))
	case errors.As(err, &bad):
		return "", nil, api.InvalidDocumentContent.New("%s", bad.Text)
	case err != nil:
		return "", nil, err
	}
	if why := s.callable(d); why != "" {
		return "", nil, api.InvalidDocumentContent.New("%s", why)
	}
	return string(text), d, nil
}

// Bounds of YAML, whose aliases can multiply what is written once.
const (
	maxNodes   = 20_000
	maxNesting = 60
	maxWritten = 4 * maxContent // bytes of texts and keys
)

// errLarge says that the texts of a document come to more than [maxWritten].
var errLarge = errors.New("it is too large with what its aliases repeat")

// room is what is left of the bounds of YAML.
type room struct{ nodes, bytes int }

// write takes the room of a text, before it is made anything of.
func (r *room) write(text string) error {
	if r.bytes -= len(text); r.bytes < 0 {
		return errLarge
	}
	return nil
}

// fromYAML gives a YAML document in JSON. Scalars that JSON has no type for, such as dates, stay as they are written.
func fromYAML(content string) ([]byte, error) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(content), &n); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	v, err := valueOf(&n, 0, &room{nodes: maxNodes, bytes: maxWritten})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("it cannot be written as JSON: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func valueOf(n *yaml.Node, level int, left *room) (any, error) {
	if left.nodes--; left.nodes < 0 || level > maxNesting {
		return nil, fmt.Errorf("it has more than %d values, or is nested deeper than %d levels", maxNodes, maxNesting)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return nil, errors.New("it must be one document")
		}
		return valueOf(n.Content[0], level, left)
	case yaml.AliasNode:
		return valueOf(n.Alias, level+1, left)
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, e := range n.Content {
			v, err := valueOf(e, level+1, left)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				return nil, fmt.Errorf("line %d: a key must be a text", key.Line)
			}
			if _, twice := out[key.Value]; twice {
				return nil, fmt.Errorf("line %d: the key %s is there twice", key.Line, clipped(key.Value))
			}
			if err := left.write(key.Value); err != nil {
				return nil, err
			}
			v, err := valueOf(n.Content[i+1], level+1, left)
			if err != nil {
				return nil, err
			}
			out[key.Value] = v
		}
		return out, nil
	case yaml.ScalarNode:
		if err := left.write(n.Value); err != nil {
			return nil, err
		}
		return scalar(n), nil
	}
	return nil, errors.New("it is empty")
}

func scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return i
		}
	case "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}

// inFormat gives the content of a version in a format.
func (v *Version) inFormat(format string) (string, error) {
	switch {
	case format == v.Format:
		return v.Content, nil
	case format == api.DocumentFormatJson:
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(v.Runbook), "", "  "); err != nil {
			return "", fmt.Errorf("write a document as JSON: %w", err)
		}
		return b.String(), nil
	}
	var n yaml.Node // JSON is YAML: the order of members stays
	if err := yaml.Unmarshal([]byte(v.Content), &n); err != nil {
		return "", fmt.Errorf("read a document: %w", err)
	}
	plain(&n)
	b, err := yaml.Marshal(&n)
	if err != nil {
		return "", fmt.Errorf("write a document as YAML: %w", err)
	}
	return string(b), nil
}

// plain takes JSON's style off.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, e := range n.Content {
		plain(e)
	}
}

func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// clipped keeps what a client sent from filling an answer.
func clipped(s string) string {
	const most = 100
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
