package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"vauban/server"
)

// endpoint says which server a client command talks to, and with which key: what the data directory of a local server tells, unless flags
// say otherwise.
type endpoint struct {
	Data            string `help:"Data directory of a server on this machine." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	API             string `name:"api" help:"URL of the server, instead of a data directory." env:"VAUBAN_API"`
	CA              string `name:"ca" help:"CA bundle of that server (its data directory's ca.pem). Not needed for http." type:"path"`
	AccessKeyID     string `name:"access-key-id" help:"Access key ID, instead of the administrator's."`
	SecretAccessKey string `name:"secret-access-key" help:"Secret access key."`
	SessionToken    string `name:"session-token" help:"Session token of temporary credentials."`
	Region          string `help:"Region that clients use." default:"us-east-1"`
}

// connection is what a client needs to know.
type connection struct {
	url, ca, region, key, secret, token string
}

func (e *endpoint) connection() (*connection, error) {
	c := &connection{url: e.API, ca: e.CA, region: e.Region, key: e.AccessKeyID, secret: e.SecretAccessKey, token: e.SessionToken}
	if e.API == "" {
		client, creds, err := server.ReadClient(e.Data)
		if client == nil {
			return nil, err
		}
		if creds == nil && c.key == "" { // a replica that did not make the account has none
			return nil, hint(err, "give --access-key-id and --secret-access-key")
		}
		c.url, c.region = client.URL, client.Region
		c.ca = cmp.Or(c.ca, client.CA)
		if c.key == "" {
			c.key, c.secret = creds.AccessKeyID, creds.SecretAccessKey
		}
	}
	if c.key == "" || c.secret == "" {
		return nil, hint(errors.New("no access key"), "give --access-key-id and --secret-access-key, or the --data of a server on this machine")
	}
	return c, nil
}

// variable is one setting of a client's environment; an empty value unsets it.
type variable struct{ name, value string }

// environment is what makes the aws CLI, the SDKs and Terraform talk to the server, and to nothing else.
func (c *connection) environment() []variable {
	return []variable{
		{"AWS_ENDPOINT_URL", c.url}, {"AWS_CA_BUNDLE", c.ca}, {"AWS_REGION", c.region}, {"AWS_DEFAULT_REGION", c.region},
		{"AWS_ACCESS_KEY_ID", c.key}, {"AWS_SECRET_ACCESS_KEY", c.secret}, {"AWS_SESSION_TOKEN", c.token},
		{"AWS_PROFILE", ""}, {"AWS_EC2_METADATA_DISABLED", "true"},
	}
}

type envCommand struct{ endpoint }

func (c *envCommand) Run(io *stdio) error {
	conn, err := c.connection()
	if err != nil {
		return err
	}
	printEnvironment(io, conn)
	return nil
}

// printEnvironment prints what a POSIX shell evaluates.
func printEnvironment(io *stdio, conn *connection) {
	for _, v := range conn.environment() {
		if v.value == "" {
			fmt.Fprintf(io.out, "unset %s\n", v.name)
			continue
		}
		fmt.Fprintf(io.out, "export %s=%s\n", v.name, quote(v.value))
	}
}

// quote makes any text one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

type awsCommand struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"Arguments of the aws CLI."`
}

// Run hands over to the aws CLI, with what `vauban env` has set or else the server of the default data directory. It names the endpoint as an argument too: versions before 2.13 ignore AWS_ENDPOINT_URL.
func (c *awsCommand) Run(ctx context.Context, io *stdio) error {
	program, err := exec.LookPath("aws")
	if err != nil {
		return hint(errors.New("the aws CLI is not installed"), "install it, e.g. apt-get install awscli")
	}
	e := endpoint{Data: defaultData(), Region: cmp.Or(os.Getenv("AWS_REGION"), server.DefaultRegion)}
	if url := cmp.Or(os.Getenv("VAUBAN_API"), os.Getenv("AWS_ENDPOINT_URL")); url != "" { // else the shell's keys and authorities are another cloud's
		e.API, e.CA = url, os.Getenv("AWS_CA_BUNDLE")
		e.AccessKeyID, e.SecretAccessKey, e.SessionToken = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")
	}
	conn, err := e.connection()
	if err != nil {
		return err
	}
	args := c.Args
	if !slices.ContainsFunc(args, func(a string) bool { return a == "--endpoint-url" || strings.HasPrefix(a, "--endpoint-url=") }) {
		args = append([]string{"--endpoint-url", conn.url}, args...)
	}
	child := exec.CommandContext(ctx, program, args...)
	child.Stdin, child.Stdout, child.Stderr = io.in, io.out, io.err
	child.Env = os.Environ()
	for _, v := range conn.environment() {
		child.Env = slices.DeleteFunc(child.Env, func(s string) bool { return strings.HasPrefix(s, v.name+"=") })
		if v.value != "" {
			child.Env = append(child.Env, v.name+"="+v.value)
		}
	}
	return child.Run()
}
