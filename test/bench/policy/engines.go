package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"vauban/engine/policy"
)

// named makes the policies in IAM's language.
func named(list []definition) ([]policy.Named, error) {
	out := make([]policy.Named, len(list))
	for i, d := range list {
		var statements []map[string]any
		for _, s := range d.statements {
			statements = append(statements, map[string]any{"Effect": "Allow", "Action": s.actions, "Resource": s.resources})
		}
		text, err := json.Marshal(map[string]any{"Version": policy.Version2012, "Statement": statements})
		if err != nil {
			return nil, err
		}
		doc, err := policy.Parse(text)
		if err != nil {
			return nil, err
		}
		out[i] = policy.Named{Name: fmt.Sprint(i), Document: doc}
	}
	return out, nil
}

func question(r request) policy.Request {
	return policy.Request{
		Principal: policy.Principal{Kind: policy.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/u"},
		Action:    r.action, Resource: r.resource, ResourceAccount: account,
	}
}

func compiled(list []definition) (func(request) bool, error) {
	policies, err := named(list)
	layers := &policy.Layers{Identity: policy.Compile(policies)}
	return func(r request) bool {
		q := question(r)
		return policy.Decide(&q, layers).Effect == policy.Allow
	}, err
}

func linear(list []definition) (func(request) bool, error) {
	policies, err := named(list)
	return func(r request) bool {
		q := question(r)
		return policy.Evaluate(&q, &policy.Policies{Identity: policies}).Effect == policy.Allow
	}, err
}

func cedarEngine(list []definition) (func(request) bool, error) {
	var text strings.Builder
	for _, d := range list {
		for _, s := range d.statements {
			actions := make([]string, len(s.actions))
			for i, a := range s.actions {
				actions[i] = `Action::"` + a + `"`
			}
			likes := make([]string, len(s.resources))
			for i, r := range s.resources {
				likes[i] = `context.arn like "` + r + `"`
			}
			fmt.Fprintf(&text, "permit (principal, action in [%s], resource) when { %s };\n", strings.Join(actions, ", "), strings.Join(likes, " || "))
		}
	}
	set, err := cedar.NewPolicySetFromBytes("bench", []byte(text.String()))
	if err != nil {
		return nil, err
	}
	return func(r request) bool {
		decision, _ := cedar.Authorize(set, cedar.EntityMap{}, cedar.Request{
			Principal: cedar.NewEntityUID("User", "u"), Action: cedar.NewEntityUID("Action", cedar.String(r.action)), Resource: cedar.NewEntityUID("Thing", "r"),
			Context: cedar.NewRecord(cedar.RecordMap{"arn": cedar.String(r.resource)}),
		})
		return decision == cedar.Allow
	}, nil
}

const regoPolicy = `package bench

default allow := false

allow if {
	some s in data.statements
	input.action in s.actions
	some r in s.resources
	glob.match(r, [], input.resource)
}
`

func opaEngine(list []definition) (func(request) bool, error) {
	statements := []any{}
	for _, d := range list {
		for _, s := range d.statements {
			actions, resources := make([]any, len(s.actions)), make([]any, len(s.resources))
			for i, a := range s.actions {
				actions[i] = a
			}
			for i, r := range s.resources {
				resources[i] = r
			}
			statements = append(statements, map[string]any{"actions": actions, "resources": resources})
		}
	}
	ctx := context.Background()
	query, err := rego.New(
		rego.Query("data.bench.allow"), rego.Module("bench.rego", regoPolicy),
		rego.Store(inmem.NewFromObjectWithOpts(map[string]any{"statements": statements}, inmem.OptReturnASTValuesOnRead(true))),
	).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	return func(r request) bool {
		result, err := query.Eval(ctx, rego.EvalInput(map[string]any{"action": r.action, "resource": r.resource}))
		return err == nil && result.Allowed()
	}, nil
}
