package e2e

import (
	"encoding/base32"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vauban/engine/otp"
)

// TestAWSCLI plays the stories in testdata/cli beside each other against one server. Their commands are those of cliScript.
func TestAWSCLI(t *testing.T) {
	need(t, "aws", "apt-get install awscli")
	s := start(t, t.TempDir())
	env := append(s.env(t), "AWS_PAGER=", "ACCOUNT="+s.account, "MATERIAL="+newMaterial(t).folder(t), "REFUSAL="+s.refusal(t))
	c := &cliScript{s: s, names: []string{"TMPDIR", "AWS_SESSION_TOKEN"}}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		c.names = append(c.names, name)
	}
	t.Run("stories", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:   "testdata/cli",
			Setup: func(e *testscript.Env) error { e.Vars = append(e.Vars, env...); return nil },
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"aws": c.aws, "want": c.want, "until": c.until, "let": c.let, "fail": c.fail, "as": c.as, "codes": c.codes,
			},
		})
	})
	d := &driven{agent: cliAgent}
	d.read(t, s)
	d.complete(t)
}

// cliScript are the commands of the stories. ARGS are the aws CLI's.
type cliScript struct {
	s     *running
	names []string // of the variables that the CLI gets
}

// run runs the CLI with the variables of the story.
func (c *cliScript) run(ts *testscript.TestScript, args []string) *outcome {
	env := make([]string, 0, len(c.names))
	for _, name := range c.names {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	out, err := c.s.runStock(env, ts.MkAbs("."), args)
	ts.Check(err)
	_, _ = ts.Stdout().Write(out.Stdout)
	_, _ = ts.Stderr().Write(out.Stderr)
	return out
}

// aws ARGS: the command must succeed.
func (c *cliScript) aws(ts *testscript.TestScript, _ bool, args []string) {
	c.text(ts, args)
}

func (c *cliScript) text(ts *testscript.TestScript, args []string) string {
	out := c.run(ts, append(args, "--output", "text"))
	if out.Status != 0 {
		ts.Fatalf("status %d", out.Status)
	}
	return strings.Join(strings.Fields(string(out.Stdout)), " ")
}

// want TEXT ARGS: the command must print the text, whatever the space between the words.
func (c *cliScript) want(ts *testscript.TestScript, _ bool, args []string) {
	if got := c.text(ts, args[1:]); got != args[0] {
		ts.Fatalf("got %q, want %q", got, args[0])
	}
}

// until TEXT ARGS: the command must print the text, the latest after 20 s.
func (c *cliScript) until(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		got := c.text(ts, args[1:])
		if got == args[0] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("got %q after 20 s, want %q", got, args[0])
		}
	}
}

// let NAME... ARGS: the words that the command prints become variables. Names are in capitals.
func (c *cliScript) let(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for n < len(args) && args[n] == strings.ToUpper(args[n]) {
		n++
	}
	words := strings.Fields(c.text(ts, args[n:]))
	if len(words) != n {
		ts.Fatalf("got %d words, want %d: %q", len(words), n, words)
	}
	for i, w := range words {
		ts.Setenv(args[i], w)
	}
}

// fail CODE ARGS: the command must fail with AWS's code, and end with the status that the CLI has for a service's error: 254, in old ones 255.
func (c *cliScript) fail(ts *testscript.TestScript, _ bool, args []string) {
	out := c.run(ts, args[1:])
	if out.Status != 254 && out.Status != 255 || !strings.Contains(string(out.Stderr), "("+args[0]+")") {
		ts.Fatalf("want %s, got status %d", args[0], out.Status)
	}
}

// as KEY SECRET [TOKEN], or as admin: whose credentials the next commands have.
func (c *cliScript) as(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "admin" {
		args = []string{c.s.key, c.s.secret}
	}
	for i, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		ts.Setenv(name, strings.Join(args[min(i, len(args)):min(i+1, len(args))], ""))
	}
}

// codes STEP STEP: the one-time codes of the file "seed", so many steps from now, become $CODE1 and $CODE2.
func (c *cliScript) codes(ts *testscript.TestScript, _ bool, args []string) {
	seed := ts.ReadFile("seed")
	for i, a := range args {
		step, err := strconv.Atoi(a)
		ts.Check(err)
		code, err := totp(seed, step)
		ts.Check(err)
		ts.Setenv("CODE"+strconv.Itoa(i+1), code)
	}
}

// totp is the one-time code of a seed, so many steps from now.
func totp(seed string, steps int) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.TrimSpace(seed), "="))
	return otp.TOTP(key, time.Now().Add(time.Duration(steps)*otp.Step)), err
}
