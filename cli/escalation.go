package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

type explainEscalation struct {
	endpoint
	From    string   `help:"ARN of the user or role to start from. Default: every principal." placeholder:"PRINCIPAL"`
	Context []string `help:"Condition key and value that all requests carry, KEY=VALUE, e.g. aws:SourceIp=10.0.0.1." sep:"none" placeholder:"KEY=VALUE"`
	JSON    bool     `name:"json" help:"Print the paths as JSON, one a line."`
}

// escalations is ExplainEscalation's answer.
type escalations struct {
	Paths          []json.RawMessage
	Administrators []string
	Incomplete     bool
	NextToken      string
}

// pathShown is one of its paths.
type pathShown struct {
	From, To, Gain string
	Proof          *struct {
		Action, Resource string
		AllowedBy        statementAt
	}
	Steps []stepShown
	Cut   *struct {
		Smallest bool
		Changes  []struct {
			Kind    string
			At      statementAt
			Affects int
		}
	}
}

type stepShown struct {
	By, Gets, Row, Text, Via string
	Questions                []struct {
		Principal, Action, Resource string
		Context                     []contextEntry
		AllowedBy                   []statementAt
	}
}

type statementAt struct {
	Layer, Policy, Holder, Sid string
	Statement, Line, Column    int
}

// Run asks for one page after the other and prints each path as a chain.
func (c *explainEscalation) Run(ctx context.Context, io *stdio) error {
	entries, err := contextEntries(c.Context)
	if err != nil {
		return err
	}
	v, err := c.vaubanAPI()
	if err != nil {
		return err
	}
	x := &chains{out: colorprofile.NewWriter(io.out, os.Environ())}
	in := map[string]any{"ContextEntries": entries}
	if c.From != "" {
		in["PrincipalArn"] = c.From
	}
	for {
		var page escalations
		if err := v.call(ctx, "ExplainEscalation", in, &page); err != nil {
			return err
		}
		x.admins, x.incomplete = append(x.admins, page.Administrators...), page.Incomplete
		for _, raw := range page.Paths {
			if x.paths++; c.JSON {
				fmt.Fprintf(io.out, "%s\n", raw)
				continue
			}
			var p pathShown
			if err := json.Unmarshal(raw, &p); err != nil {
				return fmt.Errorf("read a path: %w", err)
			}
			x.path(&p)
		}
		if page.NextToken == "" {
			break
		}
		in["NextToken"] = page.NextToken
	}
	if c.JSON {
		x.out = io.err
	}
	x.summary(c.From)
	return nil
}

// chains prints paths.
type chains struct {
	out        io.Writer
	paths      int
	admins     []string
	incomplete bool // the last page was; there is none after it
}

func (x *chains) path(p *pathShown) {
	gain := styleBad.Render("administrator")
	if p.Gain == "more" {
		gain = "more than it was given"
	}
	fmt.Fprintf(x.out, "%s → %s: %s\n", p.From, p.To, gain)
	for i := range p.Steps {
		x.step(i+1, &p.Steps[i])
	}
	if q := p.Proof; q != nil {
		fmt.Fprintf(x.out, "  which may %s on %s: %s\n", q.Action, q.Resource, q.AllowedBy.text())
	}
	switch {
	case p.Cut == nil && x.incomplete:
		fmt.Fprintln(x.out, "  to cut it: not told, because the search has not seen all ways")
	case p.Cut == nil:
		fmt.Fprintln(x.out, "  to cut it: nothing that the path stands on can be taken away; narrow the boundary or deny with an SCP")
	case p.Cut.Smallest:
		fmt.Fprintln(x.out, styleGood.Render("  to cut it, the smallest change:"))
	default:
		fmt.Fprintln(x.out, styleGood.Render("  to cut it:"))
	}
	if p.Cut != nil {
		for _, c := range p.Cut.Changes {
			fmt.Fprintf(x.out, "    %s %s%s\n", c.Kind, c.At.text(), affects(c.Affects))
		}
	}
	fmt.Fprintln(x.out)
}

func affects(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" (it counts for %d principals)", n)
}

func (x *chains) step(n int, s *stepShown) {
	fmt.Fprintf(x.out, "  %d. %s\n     %s", n, s.Row, s.Text)
	if s.Via != "" {
		fmt.Fprintf(x.out, ": %s", s.Via)
	}
	fmt.Fprintf(x.out, "\n     %s → %s\n", s.By, s.Gets)
	for _, q := range s.Questions {
		fmt.Fprintf(x.out, "     ✓ %s on %s%s\n", q.Action, q.Resource, withContext(q.Context))
		for _, a := range q.AllowedBy {
			fmt.Fprintf(x.out, "         %s\n", a.text())
		}
	}
}

func withContext(entries []contextEntry) string {
	var list []string
	for _, e := range entries {
		list = append(list, e.Key+"="+strings.Join(e.Values, ","))
	}
	if list == nil {
		return ""
	}
	return " with " + strings.Join(list, ", ")
}

// text names the statement by policy, place and Sid.
func (s *statementAt) text() string {
	if s.Policy == "everything" {
		return "the permissions of a step before"
	}
	out := place(s.Policy, s.Line, s.Column)
	if s.Statement >= 0 {
		out += sid(s.Sid, s.Statement)
	}
	if s.Holder != "" {
		out += " of " + s.Holder
	}
	return out
}

func (x *chains) summary(from string) {
	for _, a := range x.admins {
		if a == from {
			fmt.Fprintf(x.out, "%s is an administrator already.\n", from)
		}
	}
	switch {
	case x.paths == 0 && from != "":
		fmt.Fprintf(x.out, "No path leads from %s to more power.\n", from)
	case x.paths == 0:
		fmt.Fprintln(x.out, "No path leads from any principal to more power.")
	default:
		fmt.Fprintf(x.out, "Paths: %d.\n", x.paths)
	}
	if from == "" && len(x.admins) > 0 {
		fmt.Fprintf(x.out, "Administrators, who need none: %s\n", strings.Join(x.admins, ", "))
	}
	if x.incomplete {
		fmt.Fprintln(x.out, "The search was ended before it had seen all: there may be more. Ask with --from for one principal.")
	}
}
