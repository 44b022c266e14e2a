package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"vauban/engine/arn"
)

// RewritePrincipals returns the policy as it is stored: the ARNs of users and roles that it names as principals become unique IDs, so that a
// principal which is deleted and made again under the same name is not the one that was trusted. id gives the unique ID of the
// user or role of that ARN. Nothing else of the text changes. An ARN without an ID is a *ValidationError, any other error a
// *SyntaxError. AWS documentation: "AWS JSON policy elements: Principal".
func RewritePrincipals(text string, id func(arn string) (string, bool)) (string, error) {
	return replacePrincipals(text, func(n *node) (string, error) {
		if !namesEntity(n.text) {
			return n.text, nil
		}
		if to, ok := id(n.text); ok {
			return to, nil
		}
		v := malformed(n.Position, "Invalid principal in policy: \"AWS\":\"%s\"", n.text)
		v.Principal = n.text
		return "", v
	})
}

// RenderPrincipals returns a stored policy as it is shown: unique IDs become the ARNs that arn gives; an ID whose principal is gone stays.
func RenderPrincipals(stored string, arn func(id string) (string, bool)) (string, error) {
	return replacePrincipals(stored, func(n *node) (string, error) {
		if isUniqueID(n.text) {
			if to, ok := arn(n.text); ok {
				return to, nil
			}
		}
		return n.text, nil
	})
}

// PrincipalIDs returns the unique IDs of users and roles that a stored policy names as principals, in order and without repetition.
func (d *Document) PrincipalIDs() []string {
	var out []string
	seen := map[string]bool{}
	for i := range d.Statements {
		for _, list := range [][]PrincipalElement{d.Statements[i].Principal, d.Statements[i].NotPrincipal} {
			for _, p := range list {
				if p.Type == PrincipalAWS && isUniqueID(p.Text) && !seen[p.Text] {
					seen[p.Text] = true
					out = append(out, p.Text)
				}
			}
		}
	}
	return out
}

// namesEntity says that the text is the ARN of a user or role.
func namesEntity(text string) bool {
	a, err := arn.Parse(text)
	return err == nil && a.Service == "iam" && (a.Type() == "user" || a.Type() == "role")
}

// replacePrincipals puts new texts in place of the AWS principals.
func replacePrincipals(text string, replace func(*node) (string, error)) (string, error) {
	root, err := decode(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	var quoted bytes.Buffer
	at := 0
	for _, n := range awsPrincipals(root) {
		to, err := replace(n)
		if err != nil {
			return "", err
		}
		if to == n.text {
			continue
		}
		out.WriteString(text[at:n.from])
		quote := json.NewEncoder(&quoted)
		quote.SetEscapeHTML(false) // a path may hold <, > and &
		quoted.Reset()
		if err := quote.Encode(to); err != nil {
			return "", fmt.Errorf("quote principal: %w", err)
		}
		out.Write(bytes.TrimSuffix(quoted.Bytes(), []byte("\n")))
		at = n.to
	}
	out.WriteString(text[at:])
	return out.String(), nil
}

// awsPrincipals returns the AWS principals of a policy in the order of the text.
func awsPrincipals(root *node) []*node {
	var out []*node
	for _, s := range statementsOf(root) {
		for _, m := range s.members {
			if m.name != "Principal" && m.name != "NotPrincipal" {
				continue
			}
			out = append(out, stringsOf(m.node.member(string(PrincipalAWS)))...)
		}
	}
	return out
}
