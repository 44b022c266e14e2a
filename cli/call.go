package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	api "vauban/api/vauban"
	"vauban/gateway/sigv4"
)

// fromEnvironment takes the server and the keys that `vauban env` has set in the shell, unless flags name a server.
func (e *endpoint) fromEnvironment() {
	url := os.Getenv("AWS_ENDPOINT_URL")
	if e.API != "" || url == "" {
		return
	}
	e.API, e.CA = url, cmp.Or(e.CA, os.Getenv("AWS_CA_BUNDLE"))
	if e.AccessKeyID == "" {
		e.AccessKeyID, e.SecretAccessKey, e.SessionToken = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")
	}
}

// maxAnswer bounds what a client reads.
const maxAnswer = 64 << 20

// vaubanAPI calls Vauban's own API.
type vaubanAPI struct {
	*connection
	client *http.Client
}

func (e *endpoint) vaubanAPI() (*vaubanAPI, error) {
	e.fromEnvironment()
	conn, err := e.connection()
	if err != nil {
		return nil, err
	}
	client, err := httpClient(conn.ca)
	if err != nil {
		return nil, err
	}
	return &vaubanAPI{conn, client}, nil
}

// call sends one signed request: in and out are JSON. A refusal is an error with the server's words.
func (v *vaubanAPI) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", api.API.TargetPrefix+"."+operation)
	r.Header.Set("User-Agent", "vauban/"+Version)
	signer := &sigv4.Signer{AccessKeyID: v.key, Secret: sigv4.SecretKey(v.secret), SessionToken: v.token, Region: v.region, Service: api.API.SigningName}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Now()); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	res, err := v.client.Do(r)
	if err != nil {
		return hint(err, "is the server up? vauban doctor tells")
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", operation, err)
	}
	if res.StatusCode != http.StatusOK {
		return refusal(operation, res.Status, b)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", operation, err)
	}
	return nil
}

// refused is an error that the server answered.
type refused struct{ operation, code, message string }

func (r *refused) Error() string { return r.operation + ": " + r.message + " (" + r.code + ")" }

func refusal(operation, status string, body []byte) error {
	var e struct {
		Type    string `json:"__type"`
		Message string
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Type == "" {
		return fmt.Errorf("%s: %s", operation, status)
	}
	r := &refused{operation, e.Type[strings.LastIndexByte(e.Type, '#')+1:], e.Message}
	if r.code == "AccessDeniedException" && strings.Contains(r.message, "is not authorized to perform") {
		return hint(r, "the caller needs vauban:%s; AdministratorAccess has it", operation)
	}
	return r
}
