package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

type whatIfCommand struct {
	endpoint
	Policy  string `help:"File with the policy to try; - is standard input." required:"" placeholder:"FILE"`
	Target  string `help:"Where it would be attached: a root (r-…), a unit (ou-…), an account, or the ARN of a user or role." required:""`
	Since   string `help:"How far back to look: 90m, 12h, 30d, or a time such as 2026-01-31T00:00:00Z." default:"30d"`
	Type    string `help:"Type of the policy. Default: scp for roots, units and accounts; identity for users and roles." enum:",scp,rcp,identity,boundary,trust" default:""`
	Replace string `help:"Name, ARN or ID of the attached policy whose place it would take. Default: it is attached besides the others."`
	JSON    bool   `name:"json" help:"Print the changes as JSON."`
}

// maxPolicy bounds the policy file. The server's own limits are lower.
const maxPolicy = 1 << 20

// Run asks page by page, adds up, and prints what would change.
func (c *whatIfCommand) Run(ctx context.Context, std *stdio) error {
	policy, err := c.readPolicy(std)
	if err != nil {
		return err
	}
	since, err := sinceTime(c.Since, time.Now())
	if err != nil {
		return err
	}
	v, err := c.vaubanAPI()
	if err != nil {
		return err
	}
	in := map[string]any{"PolicyDocument": policy, "Target": c.Target, "StartTime": since.Unix()}
	if c.Type != "" {
		in["Type"] = c.Type
	}
	if c.Replace != "" {
		in["Replaces"] = c.Replace
	}
	sum := forecast{Since: since.UTC(), progress: progress{out: std.err, began: time.Now()}}
	for {
		var page forecastPage
		if err := v.call(ctx, "WhatIf", in, &page); err != nil {
			return err
		}
		sum.add(&page)
		if page.NextToken == "" {
			break
		}
		in["NextToken"] = page.NextToken
	}
	if c.JSON {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(&sum)
	}
	sum.print(std, c)
	return nil
}

func (c *whatIfCommand) readPolicy(std *stdio) (string, error) {
	in := std.in
	if c.Policy != "-" {
		f, err := os.Open(c.Policy)
		if err != nil {
			return "", hint(err, "--policy names a file with the JSON of one policy")
		}
		defer f.Close()
		in = f
	}
	b, err := readBounded(in, maxPolicy)
	if err != nil {
		return "", fmt.Errorf("read the policy: %w", err)
	}
	return string(b), nil
}

// sinceTime reads a duration before now, with days, or a time.
func sinceTime(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, hint(fmt.Errorf("--since %s is not understood", s), "write 90m, 12h, 30d, or 2026-01-31T00:00:00Z")
}

// forecast is what all pages come to.
type forecast struct {
	Since                         time.Time
	Records, Replayed, Incomplete int64
	Changes                       []*forecastChange
	progress                      progress
	index                         map[string]*forecastChange
}

type forecastPage struct {
	Changes                                        []forecastChange
	Records, Replayed, Incomplete, Position, Total int64
	NextToken                                      string
}

// forecastChange is calls of one kind.
type forecastChange struct {
	Change, PrincipalArn, Action, Resource string
	Count                                  int64
	First, Last                            epoch
	EventId                                string
	DecidedBy                              []reason `json:",omitempty"`
	Unknown                                []string `json:",omitempty"`
}

// epoch is a time as the API writes it: seconds. It is printed as RFC 3339.
type epoch struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (e *epoch) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	e.Time = time.Unix(int64(f), 0).UTC()
	return err
}

func (f *forecast) add(p *forecastPage) {
	f.Records, f.Replayed, f.Incomplete = f.Records+p.Records, f.Replayed+p.Replayed, f.Incomplete+p.Incomplete
	if f.index == nil {
		f.index = map[string]*forecastChange{}
		f.Changes = []*forecastChange{}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		key := fmt.Sprint(c.Change, "\x00", c.PrincipalArn, "\x00", c.Action, "\x00", c.Resource, "\x00", c.DecidedBy, c.Unknown)
		had := f.index[key]
		if had == nil {
			f.index[key] = c
			f.Changes = append(f.Changes, c)
			continue
		}
		had.Count += c.Count
		if c.First.Before(had.First.Time) {
			had.First = c.First
		}
		if !c.Last.Before(had.Last.Time) {
			had.Last, had.EventId = c.Last, c.EventId
		}
	}
	f.progress.tell(p.Position, p.Total)
}

// of are the changes of one kind, by principal.
func (f *forecast) of(kind string) (list []*forecastChange, calls int64) {
	for _, c := range f.Changes {
		if c.Change == kind {
			list = append(list, c)
			calls += c.Count
		}
	}
	slices.SortStableFunc(list, func(a, b *forecastChange) int {
		if d := strings.Compare(a.PrincipalArn, b.PrincipalArn); d != 0 {
			return d
		}
		return int(b.Count - a.Count)
	})
	return list, calls
}

// errTooLarge says that a file is larger than it may be.
var errTooLarge = errors.New("it is too large")
