package e2e

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	k := newKeyStore(t)
	s, now := start(t, t.TempDir(), append(k.args, "--trail-every=500ms", "--digest-every=2s")...), time.Now().UTC()
	c := &cliScript{s: s, names: []string{"TMPDIR", "AWS_SESSION_TOKEN", "HTTPS_PROXY"}, tokens: make(chan string, 8)}
	code := filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(code, zipped(t, "bootstrap", echoing), 0o600); err != nil {
		t.Fatal(err)
	}
	hook := httptest.NewServer(c)
	defer hook.Close()
	named := s.named(t)
	env := append(s.env(t), "PROXY="+valueOf(named, "HTTPS_PROXY"), "CONTROL="+valueOf(named, "AWS_ENDPOINT_URL_S3_CONTROL"), "AWS_PAGER=", "AWS_DISABLE_HOST_PREFIX_INJECTION=true", "ACCOUNT="+s.account, "MATERIAL="+newMaterial(t).folder(t), "REFUSAL="+s.refusal(t),
		"HOOK="+hook.URL, "KEYSTORE="+k.url, "CODE="+code, "NOW="+strconv.FormatInt(now.UnixMilli(), 10), "BEGIN="+strconv.FormatInt(now.Unix()-3600, 10), "END="+strconv.FormatInt(now.Unix()+3600, 10),
		"SINCE="+now.Add(-time.Hour).Format(time.RFC3339), "UNTIL="+now.Add(time.Hour).Format(time.RFC3339))
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		c.names = append(c.names, name)
	}
	_, isolates := isolates(t)
	t.Run("stories", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:   "testdata/cli",
			Setup: func(e *testscript.Env) error { e.Vars = append(e.Vars, env...); return nil },
			Condition: func(name string) (bool, error) {
				if name != "isolated" {
					return false, fmt.Errorf("there is no condition %s", name)
				}
				return isolates, nil
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"aws": c.aws, "want": c.want, "until": c.until, "let": c.let, "fail": c.fail, "as": c.as, "codes": c.codes, "token": c.token,
			},
		})
	})
	d := &driven{agent: cliAgent}
	d.read(t, s)
	d.complete(t)
}

// valueOf is a variable's.
func valueOf(env []string, name string) string {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// cliScript are the commands of the stories. ARGS are the aws CLI's.
type cliScript struct {
	s     *running
	names []string // of the variables that the CLI gets

	tokens chan string // of subscriptions that were asked to confirm themselves
}

// ServeHTTP is the web address of the variable HOOK.
func (c *cliScript) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var message struct{ Type, Token string }
	if err := json.NewDecoder(r.Body).Decode(&message); err == nil && message.Type == "SubscriptionConfirmation" {
		c.tokens <- message.Token
	}
}

// token: the token that a subscription of $HOOK got becomes $TOKEN.
func (c *cliScript) token(ts *testscript.TestScript, _ bool, _ []string) {
	select {
	case token := <-c.tokens:
		ts.Setenv("TOKEN", token)
	case <-time.After(time.Minute):
		ts.Fatalf("no token has come")
	}
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

// until TEXT ARGS: the command must print the text, the latest after three minutes.
func (c *cliScript) until(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(3 * time.Minute); ; {
		got := c.text(ts, args[1:])
		if got == args[0] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("got %q after three minutes, want %q", got, args[0])
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
