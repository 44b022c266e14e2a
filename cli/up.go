package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"vauban/gateway"
	"vauban/server"
)

type upCommand struct {
	Data      string `help:"Directory of all state." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	Ephemeral bool   `help:"Keep nothing on disk: for CI. Needs no data directory."`
	Database  string `help:"PostgreSQL connection string, to run several replicas. Default: SQLite in the data directory." env:"VAUBAN_DATABASE"`

	Blobs                string `help:"Where the bytes of objects are kept, encrypted: a directory that all replicas share, or s3://bucket/prefix?endpoint=https://host&region=name. Default: blobs in the data directory." env:"VAUBAN_BLOBS"`
	BlobsAccessKeyID     string `name:"blobs-access-key-id" help:"Access key ID for that bucket." env:"VAUBAN_BLOBS_ACCESS_KEY_ID"`
	BlobsSecretAccessKey string `name:"blobs-secret-access-key" help:"Its secret." env:"VAUBAN_BLOBS_SECRET_ACCESS_KEY"`

	API   string   `name:"api" help:"URL to listen on. Plain http is served on loopback only." default:"https://127.0.0.1:8443" env:"VAUBAN_API"`
	Admin string   `help:"host:port on loopback for metrics and profiles. Default: off." env:"VAUBAN_ADMIN"`
	Name  []string `help:"Further host name or address for the certificate; repeatable."`

	Account              string `help:"Management account, 12 digits. Default: made up at the first start."`
	AdminAccessKeyID     string `name:"admin-access-key-id" help:"Access key ID of the administrator made at the first start." env:"VAUBAN_ADMIN_ACCESS_KEY_ID"`
	AdminSecretAccessKey string `name:"admin-secret-access-key" help:"Its secret." env:"VAUBAN_ADMIN_SECRET_ACCESS_KEY"`
	Region               string `help:"Region that clients are told." default:"us-east-1"`

	RootKeyFile    string `help:"File that holds the root key, mode 0600, shared by replicas. Default: root.key in the data directory." type:"path"`
	RootPassphrase string `help:"Passphrase instead of the root key file." env:"VAUBAN_ROOT_PASSPHRASE"`
	RootUnwrap     string `help:"Command that unwraps the root key from stdin to stdout, e.g. with an HSM."`

	TrailEvery  time.Duration `help:"How often trails deliver log files." default:"5m"`
	DigestEvery time.Duration `help:"How often trails deliver digests." default:"1h"`

	KeyStoreTime time.Duration `help:"How long the proxy of an external key store of KMS may take to answer." default:"250ms" env:"VAUBAN_KEY_STORE_TIME"`

	Functions bool `help:"Run code of functions in sandboxes of this host, if it isolates (bubblewrap)." default:"true" negatable:""`

	carrierFlags

	CallerRate float64 `help:"Requests a second that one principal may make." default:"10000"`
	SourceRate float64 `help:"Requests a second that one address may make." default:"20000"`
	LogLevel   string  `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`
	LogFormat  string  `help:"text or json." default:"text" enum:"text,json"`
}

func (c *upCommand) config(io *stdio) (server.Config, error) {
	cfg := server.Config{
		Data: c.Data, Database: c.Database, API: c.API, Admin: c.Admin, Names: c.Name, Account: c.Account,
		AdminAccessKeyID: c.AdminAccessKeyID, AdminSecretAccessKey: c.AdminSecretAccessKey, Region: c.Region,
		Blobs: c.Blobs, BlobsAccessKeyID: c.BlobsAccessKeyID, BlobsSecretAccessKey: c.BlobsSecretAccessKey,
		RootKeyFile: c.RootKeyFile, RootPassphrase: c.RootPassphrase, RootUnwrap: strings.Fields(c.RootUnwrap),
		TrailEvery: c.TrailEvery, DigestEvery: c.DigestEvery, KeyStoreTime: c.KeyStoreTime, Functions: c.Functions,
		Limits: gateway.Limits{PerCaller: c.CallerRate, PerSource: c.SourceRate},
	}
	carriers, err := c.carriers()
	if err != nil {
		return cfg, err
	}
	cfg.Carriers = carriers
	if c.Ephemeral {
		if c.Database != "" {
			return cfg, errors.New("--ephemeral keeps everything in memory: it does not go with --database")
		}
		cfg.Data = ""
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return cfg, err
	}
	opts := &slog.HandlerOptions{Level: level}
	cfg.Logger = slog.New(slog.NewTextHandler(io.err, opts))
	if c.LogFormat == "json" {
		cfg.Logger = slog.New(slog.NewJSONHandler(io.err, opts))
	}
	return cfg, nil
}

// headroom is bytes that are never touched, so that they cost addresses and no memory. Go collects garbage when the heap has doubled, which the small
// heap of a server under load does many times a second, for a tenth of its time; with these it does so when 64 MiB more have come together. GOGC
// would do that too, but to a large heap as well.
const headroom = 64 << 20

func (c *upCommand) Run(ctx context.Context, io *stdio) error {
	cfg, err := c.config(io)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(make([]byte, headroom))
	s, err := server.Start(ctx, cfg)
	if err != nil {
		return hint(fmt.Errorf("start: %w", err), "vauban doctor checks this machine")
	}
	c.greet(io, s)
	select {
	case <-ctx.Done():
		cfg.Logger.Info("stopping")
		return s.Close()
	case err := <-s.Failed():
		return errors.Join(err, s.Close())
	}
}

// greet says what a person who has just started the server needs next.
func (c *upCommand) greet(io *stdio, s *server.Server) {
	fmt.Fprintf(io.out, "Vauban %s serves account %s at %s\n", Version, s.Account(), s.URL())
	switch {
	case c.Ephemeral:
		fmt.Fprintf(io.out, "Nothing is kept on disk. Point clients at it: eval \"$(vauban env --api %s --access-key-id … --secret-access-key …)\"\n", s.URL())
	default:
		data := ""
		if c.Data != defaultData() {
			data = " --data " + c.Data
		}
		if _, err := os.Stat(s.CredentialsPath()); err != nil { // as on all replicas but the first
			fmt.Fprintf(io.out, "The administrator's credentials are where the account was made. Next: eval \"$(vauban env%s --access-key-id … --secret-access-key …)\"\n", data)
			return
		}
		fmt.Fprintf(io.out, "Administrator's credentials: %s (mode 0600)\nNext: eval \"$(vauban env%s)\" && aws sts get-caller-identity\n", s.CredentialsPath(), data)
	}
}
