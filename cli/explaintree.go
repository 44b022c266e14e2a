package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// explanation is ExplainAccess's answer.
type explanation struct {
	Decision           string
	DecidedBy          []reason
	Message            string
	Layers             []layerShown
	MissingContextKeys []string
}

type reason struct {
	Layer, Level, Policy, Sid string
	Statement                 int
	Line, Column              int
}

type layerShown struct {
	Layer, Level, Exempt, Reach string
	Allows, Denies              bool
	Policies                    []policyShown
}

type policyShown struct {
	Name       string
	Statements []statementShown
}

type statementShown struct {
	Index, Line, Column        int
	Sid, Effect, Failed, Reach string
	Matches                    bool
	Conditions                 []conditionShown
}

type conditionShown struct {
	Operator, Key         string
	Wanted, Values        []string
	Present, Multi, Holds bool
}

// layerNames are the layers in words.
var layerNames = map[string]string{
	"identity": "identity policies", "boundary": "permissions boundary", "session": "session policies", "scp": "service control policies",
	"rcp": "resource control policies", "resource": "resource policy", "endpoint": "endpoint policy", "trust": "trust policy",
}

// explainer prints explanations.
type explainer struct {
	out      io.Writer
	question *explainIAM
}

func newExplainer(io *stdio, q *explainIAM) *explainer {
	return &explainer{colorprofile.NewWriter(io.out, os.Environ()), q}
}

// print tells the verdict first, then what each layer says, then what to do.
func (x *explainer) print(e *explanation) {
	q := x.question
	verdict := styleGood.Render("ALLOWED")
	may := "may"
	switch e.Decision {
	case "explicitDeny":
		verdict, may = styleBad.Render("DENIED by a statement"), "may not"
	case "implicitDeny":
		verdict, may = styleBad.Render("DENIED because nothing allows it"), "may not"
	}
	fmt.Fprintf(x.out, "%s\n%s %s %s on %s\n", verdict, q.Principal, may, q.Action, q.Resource)
	for _, r := range e.DecidedBy {
		fmt.Fprintf(x.out, "  %s\n", r.text())
	}
	fmt.Fprintln(x.out)
	for i := range e.Layers {
		x.layer(&e.Layers[i])
	}
	if len(e.MissingContextKeys) > 0 {
		fmt.Fprintf(x.out, "not known: %s\n", strings.Join(e.MissingContextKeys, ", "))
	}
	if next := x.next(e); next != "" {
		fmt.Fprintf(x.out, "next: %s\n", next)
	}
}

// text is a reason in one line.
func (r *reason) text() string {
	name := cmp.Or(layerNames[r.Layer], r.Layer)
	if r.Level != "" {
		name += " at " + r.Level
	}
	if r.Statement < 0 {
		return "no statement in the " + name + " allows it"
	}
	return name + ": " + place(r.Policy, r.Line, r.Column) + sid(r.Sid, r.Statement)
}

// place is where a statement stands, in the form that editors open.
func place(policy string, line, column int) string {
	if line == 0 {
		return policy
	}
	return fmt.Sprintf("%s:%d:%d", policy, line, column)
}

func sid(sid string, index int) string {
	if sid == "" {
		return fmt.Sprintf(" statement %d", index)
	}
	return " " + sid
}

func (x *explainer) layer(l *layerShown) {
	name := cmp.Or(layerNames[l.Layer], l.Layer)
	if l.Level != "" {
		name += " at " + l.Level
	}
	mark, says := styleBad.Render("✗"), "allow nothing here"
	switch {
	case l.Exempt != "":
		mark, says = styleDim.Render("–"), "do not count: "+l.Exempt
	case l.Denies:
		says = "deny"
	case l.Allows && l.Reach == "account":
		mark, says = styleGood.Render("✓"), "allow the principal's account"
	case l.Allows && l.Reach == "role":
		mark, says = styleGood.Render("✓"), "allow the role"
	case l.Allows:
		mark, says = styleGood.Render("✓"), "allow"
	}
	fmt.Fprintf(x.out, "%s %s %s\n", mark, name, styleDim.Render(says))
	if len(l.Policies) == 0 {
		fmt.Fprintln(x.out, "    none")
	}
	for i := range l.Policies {
		x.policy(&l.Policies[i])
	}
}

func (x *explainer) policy(p *policyShown) {
	others := 0
	for i := range p.Statements {
		s := &p.Statements[i]
		if !x.question.All && (s.Failed == "Action" || s.Failed == "NotAction") {
			others++
			continue
		}
		x.statement(p.Name, s)
	}
	if others > 0 {
		fmt.Fprintf(x.out, "    %s\n", styleDim.Render(fmt.Sprintf("%s: %s", p.Name, plural(others, "statement speaks", "statements speak")+" of other actions")))
	}
}

func (x *explainer) statement(policy string, s *statementShown) {
	style, result := styleDim, "does not match: "+strings.ToLower(s.Failed)
	if s.Matches {
		style, result = lipgloss.NewStyle(), "matches"
	}
	fmt.Fprintf(x.out, "    %s %s%s %s\n", place(policy, s.Line, s.Column), s.Effect, sid(s.Sid, s.Index), style.Render(result))
	for i := range s.Conditions {
		c := &s.Conditions[i]
		mark := styleGood.Render("✓")
		if !c.Holds {
			mark = styleBad.Render("✗")
		}
		fmt.Fprintf(x.out, "      %s %s %s: wants %s, has %s\n", mark, c.Operator, c.Key, quoted(c.Wanted, " or "), c.seen())
	}
}

func (c *conditionShown) seen() string {
	switch {
	case !c.Present:
		return "no such key"
	case c.Multi:
		return "the set {" + quoted(c.Values, ", ") + "}"
	}
	return quoted(c.Values, "")
}

func quoted(list []string, between string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, between)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// next is what to do about a refusal.
func (x *explainer) next(e *explanation) string {
	if e.Decision == "allowed" || len(e.DecidedBy) == 0 {
		return ""
	}
	r := &e.DecidedBy[0]
	if e.Decision == "explicitDeny" {
		return "change " + place(r.Policy, r.Line, r.Column) + sid(r.Sid, r.Statement) + ", or detach the policy; no other policy can outweigh it"
	}
	if len(e.MissingContextKeys) > 0 {
		return "give what is not known, e.g. --context " + e.MissingContextKeys[0] + "=VALUE, or allow the action"
	}
	where := cmp.Or(layerNames[r.Layer], r.Layer)
	if r.Level != "" {
		where += " at " + r.Level
	}
	return "allow " + x.question.Action + " on " + x.question.Resource + " in the " + where
}
