package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"vauban/server"
)

type demoCommand struct {
	API string `name:"api" help:"URL to listen on while the demo runs." default:"https://127.0.0.1:0"`
}

// Run plays the story against a fresh server in memory, over its real HTTPS API.
func (c *demoCommand) Run(ctx context.Context, io *stdio) error {
	start := time.Now()
	post, err := openPost()
	if err != nil {
		return err
	}
	defer post.close()
	s, err := server.Start(ctx, server.Config{API: c.API, TrailEvery: 200 * time.Millisecond, Functions: true, Carriers: post.carriers()})
	if err != nil {
		return err
	}
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CA())
	creds := s.Credentials()
	t := &teller{
		out: colorprofile.NewWriter(io.out, os.Environ()),
		client: &demoClient{url: s.URL(), client: &http.Client{
			Timeout: 10 * time.Second, Transport: &http.Transport{DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
		}},
	}
	t.title("Vauban: who may do what, and which policy says no")
	t.say("A server is up at %s after %s, in memory, for account %s. Everything below goes through its HTTPS API, signed like every AWS call.", s.URL(), time.Since(start).Round(time.Millisecond), s.Account())
	admin := person{name: "admin", key: creds.AccessKeyID, secret: creds.SecretAccessKey}
	if err := t.story(ctx, admin, s.Account()); err != nil {
		return fmt.Errorf("the story broke off: %w", err)
	}
	o, err := t.organization(ctx, admin, s)
	if err != nil {
		return fmt.Errorf("the story broke off: %w", err)
	}
	if err := t.storage(ctx, admin, s.Account()); err != nil {
		return fmt.Errorf("the story broke off: %w", err)
	}
	if err := t.alert(ctx, &watch{admin: admin, account: s.Account(), in: o, post: post, server: s}); err != nil {
		return fmt.Errorf("the story broke off: %w", err)
	}
	t.title("Go on yourself")
	t.say("A server that keeps its data:")
	t.command("vauban up")
	t.command(`eval "$(vauban env)"`)
	t.command("aws iam create-user --user-name dana && aws cloudtrail lookup-events --max-results 5")
	if t.failed > 0 {
		return fmt.Errorf("%d of %d expectations did not hold", t.failed, t.expected)
	}
	t.say("%s", styleGood.Render(fmt.Sprintf("All %d expectations held.", t.expected)))
	return nil
}

var (
	styleTitle   = lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Color("12"))
	styleGood    = lipgloss.NewStyle().Foreground(lipgloss.Color("10"))
	styleBad     = lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Color("9"))
	styleDim     = lipgloss.NewStyle().Faint(true)
	styleWho     = lipgloss.NewStyle().Foreground(lipgloss.Color("14"))
	styleCommand = lipgloss.NewStyle().Foreground(lipgloss.Color("11"))
)

// teller narrates, and counts what held.
type teller struct {
	out              interface{ Write([]byte) (int, error) }
	client           *demoClient
	expected, failed int
}

func (t *teller) title(s string) {
	fmt.Fprintf(t.out, "\n%s\n%s\n", styleTitle.Render(s), styleTitle.Render(strings.Repeat("─", len([]rune(s)))))
}

func (t *teller) say(format string, args ...any) {
	fmt.Fprintf(t.out, "%s\n", wrap(fmt.Sprintf(format, args...), 100))
}

func (t *teller) command(s string) { fmt.Fprintf(t.out, "  %s\n", styleCommand.Render(s)) }

// expectation is what a call must come to: code "" means success.
type expectation struct {
	who      person
	what     string
	service  string
	action   string
	params   map[string]string
	input    any     // of services that speak JSON, instead of params
	object   *object // of S3, instead of params
	path     string  // of services that speak JSON under paths
	code     string
	contains string // in the error's message
}

// prefix is what actions of a service begin with, which CloudWatch signs by another name.
func prefix(service string) string {
	if service == "monitoring" {
		return "cloudwatch"
	}
	return service
}

// expect makes the call and holds it against what must be. The reply is nil when it did not hold.
func (t *teller) expect(ctx context.Context, e expectation) (*reply, error) {
	var r *reply
	var err error
	switch {
	case e.path != "":
		r, err = t.client.restJSON(ctx, e.who, e.service, e.path, e.input)
	case e.input != nil:
		r, err = t.client.json(ctx, e.who, e.service, e.action, e.input)
	case e.object != nil:
		r, err = t.client.rest(ctx, e.who, e.object)
	default:
		r, err = t.client.query(ctx, e.who, e.service, e.action, e.params)
	}
	if err != nil {
		return nil, err
	}
	t.expected++
	held := r.code == e.code && strings.Contains(r.message, e.contains)
	mark, result := styleGood.Render("✓"), styleGood.Render("allowed")
	if r.code != "" {
		result = styleDim.Render(r.code)
	}
	if !held {
		t.failed++
		mark = styleBad.Render("✗")
		result = styleBad.Render(fmt.Sprintf("%d %s, expected %q", r.status, r.code, e.code))
	}
	fmt.Fprintf(t.out, "  %s %s %s %s  %s\n", mark, styleWho.Render(e.who.name), e.what, styleDim.Render(prefix(e.service)+":"+e.action), result)
	if r.message != "" {
		for line := range strings.Lines(wrap(r.message, 92)) {
			fmt.Fprintf(t.out, "      %s\n", styleDim.Render(strings.TrimSpace(line)))
		}
	}
	if !held {
		return nil, nil
	}
	return r, nil
}

// must is expect for a step that the rest of the story needs.
func (t *teller) must(ctx context.Context, e expectation) (*reply, error) {
	r, err := t.expect(ctx, e)
	if err == nil && r == nil {
		err = errors.New(e.service + ":" + e.action + " did not come out as it had to")
	}
	return r, err
}

func wrap(s string, width int) string {
	var b strings.Builder
	n := 0
	for i, w := range strings.Fields(s) {
		switch {
		case i == 0:
		case n+1+len(w) > width:
			b.WriteByte('\n')
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(w)
		n += len(w)
	}
	return b.String()
}
