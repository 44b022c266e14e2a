package automation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vauban/engine/automation"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func parse(t *testing.T, steps string, more ...string) *automation.Document {
	t.Helper()
	text := `{"schemaVersion":"0.3","mainSteps":[` + steps + `]` + strings.Join(append([]string{""}, more...), ",") + `}`
	d, err := automation.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// play runs a document against a world that answers calls by their API, and tells the steps as they ended.
func play(t *testing.T, d *automation.Document, given map[string][]string, world func(k automation.Task) *automation.Result) (*automation.Run, string) {
	t.Helper()
	args, err := d.Arguments(given)
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	r := automation.Begin(d, args, map[string]string{"automation:EXECUTION_ID": "x", "global:REGION": "us-east-1"}, now)
	for n := 0; ; n++ {
		if n > 5000 {
			t.Fatal("the run does not end")
		}
		k := r.Task(d, now)
		if k.Kind == automation.Nothing {
			break
		}
		if k.Kind == automation.Wait {
			now = k.Until
			r.Settle(d, &automation.Result{}, now)
			continue
		}
		now = now.Add(time.Second)
		r.Settle(d, world(k), now)
	}
	var out []string
	for _, x := range r.Taken {
		out = append(out, x.Step+"="+string(x.Status))
	}
	return r, strings.Join(out, " ")
}

func call(name, more string) string {
	return fmt.Sprintf(`{"name":%q,"action":"aws:executeAwsApi","inputs":{"Service":"s","Api":%q}%s}`, name, name, more)
}

// failing answers calls, but fails those that are named.
func failing(names ...string) func(automation.Task) *automation.Result {
	return func(k automation.Task) *automation.Result {
		for _, n := range names {
			if k.API == n {
				return &automation.Result{Failure: &automation.Failure{Code: "Bad", Text: n + " is bad"}}
			}
		}
		return &automation.Result{Answer: map[string]any{"Name": k.API, "List": []any{"a", "b"}}}
	}
}

func TestFlow(t *testing.T) {
	for name, c := range map[string]struct {
		steps, more string
		bad         []string
		want        string
		status      automation.Status
	}{
		"one after the other": {steps: call("a", "") + "," + call("b", ""), want: "a=Success b=Success", status: "Success"},
		"isEnd":               {steps: call("a", `,"isEnd":true`) + "," + call("b", ""), want: "a=Success", status: "Success"},
		"nextStep":            {steps: call("a", `,"nextStep":"c"`) + "," + call("b", "") + "," + call("c", ""), want: "a=Success c=Success", status: "Success"},
		"abort":               {steps: call("a", "") + "," + call("b", ""), bad: []string{"a"}, want: "a=Failed", status: "Failed"},
		"continue, critical":  {steps: call("a", `,"onFailure":"Continue"`) + "," + call("b", ""), bad: []string{"a"}, want: "a=Failed b=Success", status: "Failed"},
		"continue":            {steps: call("a", `,"onFailure":"Continue","isCritical":false`) + "," + call("b", ""), bad: []string{"a"}, want: "a=Failed b=Success", status: "Success"},
		"to a step":           {steps: call("a", `,"onFailure":"step:c","isCritical":false`) + "," + call("b", "") + "," + call("c", ""), bad: []string{"a"}, want: "a=Failed c=Success", status: "Success"},
		"branch":              {steps: branching(`"StringEquals":"a"`), want: "a=Success choose=Success c=Success", status: "Success"},
		"branch to default":   {steps: branching(`"StringEquals":"z"`), want: "a=Success choose=Success b=Success c=Success", status: "Success"},
		"sleep":               {steps: `{"name":"s","action":"aws:sleep","inputs":{"Duration":"PT10M"}}`, want: "s=Success", status: "Success"},
		"a pause ends":        {steps: `{"name":"p","action":"aws:pause","inputs":{},"timeoutSeconds":60}`, want: "p=TimedOut", status: "TimedOut"},
		"a circle ends":       {steps: call("a", `,"nextStep":"b"`) + "," + call("b", `,"nextStep":"a"`), want: strings.TrimSpace(strings.Repeat("a=Success b=Success ", 500)), status: "Failed"},
		"for each": {
			steps: call("a", `,"outputs":[{"Name":"L","Selector":"$.List","Type":"StringList"}]`) + `,{"name":"l","action":"aws:loop","inputs":{"Iterators":"{{ a.L }}","Steps":[` +
				`{"name":"{{x}}","action":"aws:executeAwsApi","inputs":{"Service":"s","Api":"{{ l.CurrentIteratorValue }}"}}` + `]}}`,
			want: "a=Success l=Success each=Success each=Success", status: "Success",
		},
		"do while": {
			steps: `{"name":"l","action":"aws:loop","inputs":{"LoopCondition":{"Variable":"{{ l.CurrentIteration }}","NumericLesser":3},"Steps":[` + call("a", "") + `]}},` + call("b", ""),
			want:  "l=Success a=Success a=Success a=Success b=Success", status: "Success",
		},
		"a loop fails with its step": {
			steps: `{"name":"l","action":"aws:loop","inputs":{"LoopCondition":{"Variable":"x","StringEquals":"x"},"Steps":[` + call("a", "") + `]}},` + call("b", ""),
			bad:   []string{"a"}, want: "l=Failed a=Failed", status: "Failed",
		},
		"what is wanted comes": {
			steps: `{"name":"w","action":"aws:waitForAwsResourceProperty","inputs":{"Service":"s","Api":"w","PropertySelector":"$.Name","DesiredValues":["w"]}}`,
			want:  "w=Success", status: "Success",
		},
		"what is wanted never comes": {
			steps: `{"name":"w","action":"aws:waitForAwsResourceProperty","timeoutSeconds":30,"inputs":{"Service":"s","Api":"w","PropertySelector":"$.Name","DesiredValues":["z"]}}`,
			want:  "w=TimedOut", status: "TimedOut",
		},
		"assertion": {
			steps: `{"name":"w","action":"aws:assertAwsResourceProperty","inputs":{"Service":"s","Api":"w","PropertySelector":"$.List[*]","DesiredValues":["a"]}}`,
			want:  "w=Failed", status: "Failed",
		},
		"variable": {
			steps: `{"name":"u","action":"aws:updateVariable","inputs":{"Name":"variable:v","Value":"{{ variable:v }}!"}},` + `{"name":"k","action":"aws:branch","inputs":{"Choices":[{"Variable":"{{ variable:v }}","StringEquals":"x!","NextStep":"a"}]},"isEnd":true},` + call("a", ""),
			more:  `"variables":{"v":{"type":"String","default":"x"}}`, want: "u=Success k=Success a=Success", status: "Success",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var more []string
			if c.more != "" {
				more = append(more, c.more)
			}
			r, got := play(t, parse(t, strings.ReplaceAll(c.steps, "{{x}}", "each"), more...), nil, failing(c.bad...))
			if got != c.want || r.Status != c.status {
				t.Errorf("%s, %s; want %s, %s (%s)", got, r.Status, c.want, c.status, r.Failure)
			}
		})
	}
}

func branching(condition string) string {
	return call("a", `,"outputs":[{"Name":"N","Selector":"$.Name","Type":"String"}]`) + `,{"name":"choose","action":"aws:branch","inputs":{"Choices":[{"Variable":"{{ a.N }}",` +
		condition + `,"NextStep":"c"}],"Default":"b"}},` + call("b", "") + "," + call("c", "")
}

func TestAttempts(t *testing.T) {
	d := parse(t, call("a", `,"maxAttempts":3`))
	n := 0
	r, got := play(t, d, nil, func(automation.Task) *automation.Result {
		if n++; n < 3 {
			return &automation.Result{Failure: &automation.Failure{Text: "not yet"}}
		}
		return &automation.Result{Answer: map[string]any{}}
	})
	if got != "a=Success" || n != 3 || r.Taken[0].Attempt != 3 {
		t.Errorf("%s after %d calls, attempt %d", got, n, r.Taken[0].Attempt)
	}
}

func TestApproval(t *testing.T) {
	steps := `{"name":"ask","action":"aws:approve","inputs":{"Approvers":["bob","arn:aws:iam::1:user/eve"],"MinRequiredApprovals":2}},` + call("a", "")
	d := parse(t, steps)
	begin := func() *automation.Run {
		r := automation.Begin(d, automation.Values{}, nil, noon)
		r.Settle(d, &automation.Result{}, noon)
		if r.Status != automation.Waiting {
			t.Fatalf("the run is %s", r.Status)
		}
		return r
	}
	say := func(r *automation.Run, who, what string, names ...string) error {
		return r.Decide(d, automation.Decision{Approver: who, Decision: what}, names, noon)
	}
	r := begin()
	if err := say(r, "mallory", "Approve", "mallory"); !errors.Is(err, automation.ErrNotApprover) {
		t.Errorf("a stranger: %v", err)
	}
	if err := say(r, "bob", "Approve", "bob"); err != nil || r.Status != automation.Waiting {
		t.Errorf("the first: %v, %s", err, r.Status)
	}
	if err := say(r, "bob", "Approve", "bob"); !errors.Is(err, automation.ErrTwice) {
		t.Errorf("again: %v", err)
	}
	if err := say(r, "eve", "Approve", "arn:aws:iam::1:user/eve"); err != nil || r.Now() == nil || r.Now().Step != "a" {
		t.Errorf("the second: %v, %+v", err, r.Now())
	}
	r = begin()
	if err := say(r, "bob", "Reject", "bob"); err != nil || r.Status != automation.Failed {
		t.Errorf("a rejection: %v, %s", err, r.Status)
	}
}

// TestSelectorsBounded: what selectors look at and find is bounded for all of a step together.
func TestSelectorsBounded(t *testing.T) {
	nested := func(levels int) any {
		var v any = "end"
		for range levels {
			v = map[string]any{"z": v}
		}
		return v
	}
	wide := make([]any, 900)
	for i := range wide {
		wide[i] = map[string]any{"a": "b"}
	}
	for name, c := range map[string]struct {
		selector string
		outputs  int
		answer   any
		want     string // of the failure
	}{
		"what fits":         {"$..z", 20, nested(50), ""},
		"nested too deep":   {"$.z", 1, nested(101), "nested deeper"},
		"many visits":       {"$..*..q", 50, nested(100), "look at more than"},
		"wide":              {"$..a", 50, map[string]any{"z": wide, "y": wide}, "look at more than"},
		"within each other": {"$..z", 1, map[string]any{"p": strings.Repeat("x", 2000), "z": deepText(60)}, "larger than"},
	} {
		var list []string
		for i := range c.outputs {
			list = append(list, fmt.Sprintf(`{"Name":"o%d","Selector":%q,"Type":"String"}`, i, c.selector))
		}
		r, _ := play(t, parse(t, call("a", `,"outputs":[`+strings.Join(list, ",")+`]`)), nil, func(automation.Task) *automation.Result {
			return &automation.Result{Answer: c.answer}
		})
		if got := r.Taken[0].Failure; (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
	d := parse(t, `{"name":"w","action":"aws:assertAwsResourceProperty","inputs":{"Service":"s","Api":"w","PropertySelector":"$..*..*","DesiredValues":["z"]}}`)
	r, _ := play(t, d, nil, func(automation.Task) *automation.Result {
		return &automation.Result{Answer: map[string]any{"z": deepText(90)}}
	})
	if got := r.Taken[0].Failure; !strings.Contains(got, "larger than") {
		t.Errorf("a property: %q", got)
	}
}

// deepText has a text of 2000 letters within as many levels.
func deepText(levels int) any {
	var v any = strings.Repeat("x", 2000)
	for range levels {
		v = map[string]any{"z": v}
	}
	return v
}

// TestApprovalEntries: an entry of the approvers decides once, under whatever ARN it comes.
func TestApprovalEntries(t *testing.T) {
	const user, role = "arn:aws:iam::1:user/alice", "arn:aws:iam::1:role/ops"
	type said struct {
		who   string
		names []string
		err   error
	}
	by := func(who string, err error, names ...string) said { return said{who, append(names, who), err} }
	for name, c := range map[string]struct {
		approvers string
		says      []said
		approved  bool
	}{
		"a user and her federated session": {`"` + user + `","bob"`, []said{by(user, nil, "alice"), by("federated/x", automation.ErrTwice, user)}, false},
		"two sessions of a role":           {`"` + role + `","bob"`, []said{by("ops/1", nil, role), by("ops/2", automation.ErrTwice, role)}, false},
		"a user listed twice":              {`"alice","` + user + `"`, []said{by("federated/x", nil, user), by(user, automation.ErrTwice, "alice")}, false},
		"sessions listed each":             {`"ops/1","ops/2"`, []said{by("ops/1", nil, role), by("ops/2", nil, role)}, true},
		"an entry written twice":           {`"alice","alice"`, []said{by(user, nil, "alice")}, true},
	} {
		d := parse(t, `{"name":"ask","action":"aws:approve","inputs":{"Approvers":[`+c.approvers+`],"MinRequiredApprovals":2}},`+call("a", ""))
		r := automation.Begin(d, automation.Values{}, nil, noon)
		r.Settle(d, &automation.Result{}, noon)
		for _, s := range c.says {
			if err := r.Decide(d, automation.Decision{Approver: s.who, Decision: "Approve"}, s.names, noon); !errors.Is(err, s.err) {
				t.Errorf("%s: %s: %v, not %v", name, s.who, err, s.err)
			}
		}
		if got := r.Now().Step == "a"; got != c.approved {
			t.Errorf("%s: approved is %t", name, got)
		}
	}
}

func TestStop(t *testing.T) {
	d := parse(t, call("a", `,"onCancel":"step:c"`)+","+call("b", "")+","+call("c", `,"isEnd":true`))
	r := automation.Begin(d, automation.Values{}, nil, noon)
	r.Cancel(d, noon)
	if r.Status != automation.Cancelling || r.Now().Step != "c" {
		t.Fatalf("%s at %+v", r.Status, r.Now())
	}
	r.Settle(d, &automation.Result{Answer: map[string]any{}}, noon)
	if r.Status != automation.Cancelled {
		t.Errorf("cancelled: %s", r.Status)
	}
	r = automation.Begin(d, automation.Values{}, nil, noon)
	r.Complete(d, noon)
	r.Settle(d, &automation.Result{Answer: map[string]any{}}, noon)
	if r.Status != automation.Success || len(r.Taken) != 1 {
		t.Errorf("completed: %s with %d steps", r.Status, len(r.Taken))
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                                     "must be an object",
		`{"schemaVersion":"0.3"}`:                "must be a list of steps",
		`{"schemaVersion":"0.3","mainSteps":[]}`: "has no mainSteps",
		`{"schemaVersion":"0.3","mainSteps":[` + call("a", "") + `,` + call("a", "") + `]}`:                                                      "two steps",
		`{"schemaVersion":"0.3","mainSteps":[` + call("a", `,"nextStep":"z"`) + `]}`:                                                             "goes on to z",
		`{"schemaVersion":"0.3","mainSteps":[{"name":"a","action":"aws:runCommand"}]}`:                                                           "aws:runCommand is not built",
		`{"schemaVersion":"0.3","mainSteps":[{"name":"a","action":"aws:nonsense"}]}`:                                                             "not supported",
		`{"schemaVersion":"0.3","mainSteps":[{"name":"a","action":"aws:executeAwsApi","inputs":{"Service":"s","Api":"b","X":"{{ nothing }}"}}]}`: "refers to nothing",
		`{"schemaVersion":"0.3","mainSteps":[{"name":"a","action":"aws:sleep","inputs":{}}]}`:                                                    "needs one of the inputs",
		`{"schemaVersion":"0.3","mainSteps":[` + call("a", `,"onFailure":"Explode"`) + `]}`:                                                      "must be Abort",
		`{"schemaVersion":"0.3","extra":1,"mainSteps":[` + call("a", "") + `]}`:                                                                  "extra",
		`{"schemaVersion":"0.3","outputs":["a.None"],"mainSteps":[` + call("a", "") + `]}`:                                                       "not one of a step",
		`{"schemaVersion":"0.3","parameters":{"p":{"type":"AWS::EC2::Image::Id"}},"mainSteps":[` + call("a", "") + `]}`:                          "type",
	} {
		_, err := automation.Parse([]byte(text))
		var bad *automation.ContentError
		if !errors.As(err, &bad) || !strings.Contains(bad.Text, want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := automation.Parse([]byte(`{"schemaVersion":"2.2"}`)); !errors.Is(err, automation.ErrSchema) {
		t.Errorf("another schema: %v", err)
	}
}
