package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"vauban/server"
)

type loginCommand struct {
	Account string `help:"Account ID or alias. Default: the account of the server on this machine."`
	User    string `arg:"" help:"User name, or root."`
	Code    string `help:"Present MFA code, if the user has a device."`
	Output  string `help:"env prints exports for a shell; json prints what credential_process of the AWS configuration takes." enum:"env,json" default:"env"`

	Data   string `help:"Data directory of a server on this machine." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	API    string `name:"api" help:"URL of the server, instead of a data directory." env:"VAUBAN_API"`
	CA     string `name:"ca" help:"CA bundle of that server." type:"path"`
	Region string `help:"Region that clients use." default:"us-east-1"`
}

const signInPath = "/v1/signin"

// signInRequest and signInAnswer are the sign-in endpoint's JSON.
type signInRequest struct {
	Account     string `json:"account"`
	User        string `json:"user"`
	Password    string `json:"password"`
	MFACode     string `json:"mfaCode,omitempty"`
	NewPassword string `json:"newPassword,omitempty"`
}

type signInAnswer struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	SessionToken    string    `json:"sessionToken"`
	Expiration      time.Time `json:"expiration"`
}

// Run signs in and prints temporary credentials. Prompts go to standard error, so that `eval "$(vauban login dana)"` works.
func (c *loginCommand) Run(ctx context.Context, io *stdio) error {
	conn := &connection{url: c.API, ca: c.CA, region: c.Region}
	if c.API == "" {
		client, _, err := server.ReadClient(c.Data)
		if client == nil {
			return err
		}
		conn.url, conn.ca, conn.region = client.URL, client.CA, client.Region
		if c.Account == "" {
			c.Account = client.Account
		}
	}
	if c.Account == "" {
		return hint(errors.New("no account"), "give --account, an account ID or alias")
	}
	ask := newPrompt(io)
	password, err := ask.secret("Password: ")
	if err != nil {
		return err
	}
	req := signInRequest{Account: c.Account, User: c.User, Password: password, MFACode: c.Code}
	answer, code, err := signIn(ctx, conn, req)
	for asked := 0; err != nil && asked < 3; asked++ {
		var again bool
		if again, err = c.supply(io, ask, code, &req, err); !again {
			break
		}
		answer, code, err = signIn(ctx, conn, req)
	}
	if err != nil {
		return hint(err, "check account, user, password and --code; after several failures wait before the next try")
	}
	return c.print(io, conn, answer)
}

// supply asks for what the endpoint wants besides a right password. again is false when nothing can be supplied; err is then why.
func (c *loginCommand) supply(io *stdio, ask *prompt, code string, req *signInRequest, refusal error) (again bool, err error) {
	switch code {
	case "MFACodeRequiredException":
		req.MFACode, err = ask.line("MFA code: ")
		return err == nil, err
	case "NewPasswordRequiredException":
		fmt.Fprintln(io.err, refusal)
		if req.NewPassword, err = newPassword(ask); err == nil && req.MFACode != "" {
			req.MFACode, err = ask.line("The next MFA code (each is good once): ")
		}
		return err == nil, err
	}
	return false, refusal
}

func newPassword(ask *prompt) (string, error) {
	first, err := ask.secret("New password: ")
	if err != nil {
		return "", err
	}
	second, err := ask.secret("Once more: ")
	if err == nil && first != second {
		err = errors.New("the two passwords differ")
	}
	return first, err
}

func (c *loginCommand) print(io *stdio, conn *connection, a *signInAnswer) error {
	if c.Output == "json" {
		return json.NewEncoder(io.out).Encode(map[string]any{"Version": 1, "AccessKeyId": a.AccessKeyID,
			"SecretAccessKey": a.SecretAccessKey, "SessionToken": a.SessionToken, "Expiration": a.Expiration})
	}
	conn.key, conn.secret, conn.token = a.AccessKeyID, a.SecretAccessKey, a.SessionToken
	printEnvironment(io, conn)
	fmt.Fprintf(io.err, "Signed in until %s.\n", a.Expiration.Local().Format(time.DateTime))
	return nil
}

// signIn returns the credentials, or the error with its code.
func signIn(ctx context.Context, conn *connection, req signInRequest) (*signInAnswer, string, error) {
	client, err := httpClient(conn.ca)
	if err != nil {
		return nil, "", err
	}
	body, err := json.Marshal(req)
	if err != nil {
		return nil, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, conn.url+signInPath, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "vauban-login/"+Version)
	res, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		a := &signInAnswer{}
		return a, "", json.NewDecoder(res.Body).Decode(a)
	}
	var problem struct{ Message string }
	if err := json.NewDecoder(res.Body).Decode(&problem); err != nil {
		return nil, "", fmt.Errorf("sign-in failed: %s", res.Status)
	}
	return nil, res.Header.Get("X-Amzn-Errortype"), errors.New(problem.Message)
}
