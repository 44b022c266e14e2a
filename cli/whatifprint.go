package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
)

// print tells what would be denied first, then what would be allowed, then what cannot be told.
func (f *forecast) print(std *stdio, c *whatIfCommand) {
	out := colorprofile.NewWriter(std.out, os.Environ())
	fmt.Fprintf(out, "Had %s been in force at %s since %s:\n%s read, the policy has a say in %d of them.\n", c.file(), c.Target,
		f.Since.UTC().Format(time.DateTime), plural(int(f.Records), "recorded call", "recorded calls"), f.Replayed)
	if f.Incomplete > 0 {
		fmt.Fprintf(out, "%s recorded by a version that kept too little, and not looked at.\n", plural(int(f.Incomplete), "call was", "calls were"))
	}
	for _, kind := range [...]struct{ name, title string }{
		{"denied", "would be DENIED"}, {"allowed", "would be ALLOWED"}, {"unknown", "cannot be told"},
	} {
		list, calls := f.of(kind.name)
		if len(list) == 0 {
			continue
		}
		style := styleBad
		if kind.name == "allowed" {
			style = styleGood
		}
		fmt.Fprintf(out, "\n%s\n", style.Render(plural(int(calls), "call", "calls")+" "+kind.title))
		who := ""
		for _, g := range list {
			if g.PrincipalArn != who {
				who = g.PrincipalArn
				fmt.Fprintf(out, "  %s\n", styleWho.Render(who))
			}
			g.print(out, c.file())
		}
	}
	if len(f.Changes) == 0 {
		fmt.Fprintln(out, "\nNothing would have changed.")
		return
	}
	fmt.Fprintln(out, "\nAll other calls would have been decided as they were.")
}

func (c *whatIfCommand) file() string {
	if c.Policy == "-" {
		return "the policy"
	}
	return c.Policy
}

func (g *forecastChange) print(out io.Writer, file string) {
	when := g.First.Format(time.DateTime)
	if g.Count > 1 {
		when += " to " + g.Last.Format(time.DateTime)
	}
	fmt.Fprintf(out, "    %d× %s on %s %s\n", g.Count, g.Action, cmp.Or(g.Resource, "*"), styleDim.Render(when))
	for i := range g.DecidedBy {
		r := g.DecidedBy[i]
		if r.Policy == "proposed" {
			r.Policy = file
		}
		fmt.Fprintf(out, "       %s\n", r.text())
	}
	if len(g.Unknown) > 0 {
		fmt.Fprintf(out, "       %s\n", strings.Join(g.Unknown, "; "))
	}
}

// progress tells how far a long work has come.
type progress struct {
	out         io.Writer
	began, told time.Time
}

// Nothing is told of what takes less, or more often.
const progressPause = 2 * time.Second

func (p *progress) tell(done, total int64) {
	now := time.Now()
	if now.Sub(p.began) < progressPause || now.Sub(p.told) < progressPause || total == 0 {
		return
	}
	p.told = now
	fmt.Fprintf(p.out, "%d of about %d records (%d%%)\n", done, total, done*100/total)
}

// readBounded reads all, up to a limit.
func readBounded(in io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errTooLarge
	}
	return b, err
}
