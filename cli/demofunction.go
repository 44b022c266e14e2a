package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// watching is the function: it writes who tried what into its log.
const watching = `def handler(event, context):
    detail = event["detail"]
    print("saw", detail["eventName"], "by", detail["userIdentity"]["arn"])
`

// makeFunction makes the function, where this host can isolate one.
func (t *teller) makeFunction(ctx context.Context, w *watch) error {
	runtime, err := t.python(w)
	if err != nil {
		fmt.Fprintf(t.out, "  %s the function: %v\n", styleBad.Render("SKIP"), err)
		t.say("The rule goes on without it. To see it: apt-get install bubblewrap python3 (make packages does that), and run the demo again.")
		return nil
	}
	code, err := zipped("watch.py", watching)
	if err != nil {
		return err
	}
	role := "arn:aws:iam::" + w.in.member + ":role/watch"
	if err := t.all(ctx, w.in.administrator, []expectation{
		{what: "makes a role for the function", service: "iam", action: "CreateRole", params: map[string]string{"RoleName": "watch",
			"AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`}},
		{what: "lets it write its log, and nothing else", service: "iam", action: "PutRolePolicy", params: map[string]string{"RoleName": "watch", "PolicyName": "log",
			"PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`}},
	}); err != nil {
		return err
	}
	r, err := t.must(ctx, expectation{who: w.in.administrator, what: "makes the function", service: "lambda", action: "CreateFunction", path: "/2015-03-31/functions",
		input: map[string]any{"FunctionName": "watch", "Runtime": runtime, "Handler": "watch.handler", "Role": role, "Code": map[string]any{"ZipFile": code}}})
	if err != nil {
		return err
	}
	w.function = r.texts["FunctionArn"]
	return nil
}

// python is the newest Python that functions can run in here.
func (t *teller) python(w *watch) (string, error) {
	box := w.server.Deps().Sandbox
	if box == nil {
		return "", errors.New("this host isolates no code: bubblewrap is missing, or may not make namespaces")
	}
	runtimes := box.Runtimes()
	var why error
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(runtimes))) {
		if !strings.HasPrefix(name, "python3.") {
			continue
		}
		if runtimes[name] == nil {
			return name, nil
		}
		why = runtimes[name]
	}
	return "", fmt.Errorf("no Python runs here: %w", why)
}

func zipped(name, content string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("pack the function: %w", err)
	}
	return b.Bytes(), nil
}
