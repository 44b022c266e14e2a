package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"vauban/server"
	"vauban/service/iam"
)

type rootCommand struct {
	Init rootInitCommand `cmd:"" help:"Set root's password and its MFA device. Both are needed for every root sign-in, which is recorded and logged loudly."`
}

type rootInitCommand struct {
	Account  string `help:"Account whose root it is, of the organization's members too. Default: the management account."`
	Data     string `help:"Data directory; its server may run." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	Database string `help:"PostgreSQL connection string, as given to vauban up." env:"VAUBAN_DATABASE"`
	rootKey
}

// Run talks to the store directly: whoever may read the root key and the data directory may set up root, nobody else.
func (c *rootInitCommand) Run(ctx context.Context, io *stdio) error {
	st, err := server.OpenState(ctx, c.config(c.Data, c.Database))
	if err != nil {
		return err
	}
	defer st.Close()
	account, err := iam.Home(ctx, st.Store)
	if err != nil {
		return hint(errors.New("there is no account yet"), "start the server once: vauban up --data %s", c.Data)
	}
	if c.Account != "" {
		account = c.Account
	}
	ask := newPrompt(io)
	password, err := ask.secret("New password of root: ")
	if err != nil {
		return err
	}
	again, err := ask.secret("Once more: ")
	if err != nil {
		return err
	}
	if password != again {
		return errors.New("the two passwords differ")
	}
	setup, err := iam.InitRoot(ctx, st.Deps(), account, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(io.out, "Add this device to your authenticator app:\n\n  %s\n\n  secret: %s\n\n", setup.URI, setup.Seed)
	first, err := ask.line("First code: ")
	if err != nil {
		return err
	}
	second, err := ask.line("The next code, when it appears: ")
	if err != nil {
		return err
	}
	if err := setup.Confirm(ctx, first, second); err != nil {
		return err
	}
	fmt.Fprintf(io.out, "Root of account %s has a password and an MFA device. Use it for what only root can do; make users for the rest.\n", account)
	return nil
}

// prompt asks a person, or reads lines from a pipe.
type prompt struct {
	in  *bufio.Reader
	out io.Writer
	tty *os.File // nil when the input is not a terminal
}

func newPrompt(s *stdio) *prompt {
	p := &prompt{in: bufio.NewReader(s.in), out: s.err}
	if f, ok := s.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.tty = f
	}
	return p
}

// line asks for one line.
func (p *prompt) line(question string) (string, error) {
	fmt.Fprint(p.out, question)
	s, err := p.in.ReadString('\n')
	if err != nil && s == "" {
		return "", fmt.Errorf("no answer to %q: %w", strings.TrimSpace(question), err)
	}
	return strings.TrimSpace(s), nil
}

// secret asks for a line that is not shown.
func (p *prompt) secret(question string) (string, error) {
	if p.tty == nil {
		return p.line(question)
	}
	fmt.Fprint(p.out, question)
	b, err := term.ReadPassword(int(p.tty.Fd()))
	fmt.Fprintln(p.out)
	return string(b), err
}
