package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// explainCommand is the group of commands that tell why.
type explainCommand struct {
	IAM        explainIAM        `cmd:"" name:"iam" help:"May a principal do an action, and which statement of which policy says so?"`
	Escalation explainEscalation `cmd:"" help:"How could a principal gain more power than it was given?"`
}

type explainIAM struct {
	endpoint
	Principal       string   `help:"ARN of a user, role, role session or root, or the name of a service."`
	Action          string   `help:"Action, e.g. iam:CreateUser."`
	Resource        string   `help:"ARN of the resource, or * for actions without one." default:"*"`
	ResourceAccount string   `help:"Account that owns the resource. Default: the one in its ARN, or the principal's."`
	Context         []string `help:"Condition key and value, KEY=VALUE; repeat a key, or write KEY[]=VALUE, for a set." sep:"none" placeholder:"KEY=VALUE"`
	All             bool     `help:"Show the statements that speak of other actions too."`
	JSON            bool     `name:"json" help:"Print the server's answer as JSON."`
	Cases           string   `help:"Answer the JSON questions in this file (- is standard input), one a line, without a server." placeholder:"FILE"`
}

// Run asks the server and prints its answer as a tree.
func (c *explainIAM) Run(ctx context.Context, io *stdio) error {
	if c.Cases != "" {
		return runCases(io, c.Cases)
	}
	if c.Principal == "" || c.Action == "" {
		return hint(errors.New("no question"), "give --principal and --action, or --cases FILE")
	}
	entries, err := contextEntries(c.Context)
	if err != nil {
		return err
	}
	v, err := c.vaubanAPI()
	if err != nil {
		return err
	}
	in := map[string]any{"PrincipalArn": c.Principal, "Action": c.Action, "Resource": c.Resource, "ContextEntries": entries}
	if c.ResourceAccount != "" {
		in["ResourceAccount"] = c.ResourceAccount
	}
	var raw json.RawMessage
	if err := v.call(ctx, "ExplainAccess", in, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Fprintf(io.out, "%s\n", raw)
		return err
	}
	var e explanation
	if err := json.Unmarshal(raw, &e); err != nil {
		return fmt.Errorf("read the explanation: %w", err)
	}
	newExplainer(io, c).print(&e)
	return nil
}

// contextEntry is a condition key as the API takes it.
type contextEntry struct {
	Key    string
	Values []string
	Multi  bool
}

// contextEntries reads KEY=VALUE.
func contextEntries(list []string) ([]contextEntry, error) {
	out := []contextEntry{}
	at := map[string]int{}
	for _, s := range list {
		key, value, ok := strings.Cut(s, "=")
		key, set := strings.CutSuffix(key, "[]")
		if !ok || key == "" {
			return nil, hint(fmt.Errorf("--context %s is not understood", s), "write KEY=VALUE, e.g. --context aws:MultiFactorAuthPresent=true")
		}
		i, seen := at[strings.ToLower(key)]
		if !seen {
			i = len(out)
			at[strings.ToLower(key)] = i
			out = append(out, contextEntry{Key: key})
		}
		out[i].Values = append(out[i].Values, value)
		out[i].Multi = out[i].Multi || set || seen
	}
	return out, nil
}
