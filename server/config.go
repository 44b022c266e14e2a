package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"vauban/gateway"
	"vauban/sandbox"
	"vauban/store"
)

// Config says what one replica is. The zero value, with Data set, is a working server on one machine.
type Config struct {
	Data     string // directory of all state, made when missing; "" keeps everything in memory
	Database string // PostgreSQL connection string; "" means SQLite in Data

	Account string // management account, 12 digits; "" makes one up at first start
	// Admin access key of the administrator made at first start; "" makes one up.
	AdminAccessKeyID, AdminSecretAccessKey string

	API   string   // URL to listen on; "" means https://127.0.0.1:8443. http is refused outside of loopback; port 0 picks one
	Admin string   // host:port of metrics and profiles, loopback only; "" turns them off
	Names []string // further host names and addresses for the certificate

	RootKeyFile    string   // "" means Data/root.key
	RootPassphrase string   // instead of the file
	RootUnwrap     []string // instead of the file: a command that unwraps the key in RootKeyFile, on stdin and stdout

	// Blobs is where objects' bytes are: a directory, or s3://bucket/prefix?endpoint=https://host&region=name. "" means Data/blobs.
	// Replicas share it. The credentials are those of the bucket.
	Blobs, BlobsAccessKeyID, BlobsSecretAccessKey string

	Region string // default region; "" means us-east-1
	Limits gateway.Limits
	Grace  time.Duration // how long Close waits for requests under way; 0 means 10 s

	// TrailEvery and DigestEvery are how often trails deliver log files and digests; 0 means 5 minutes and an hour, as AWS does.
	TrailEvery, DigestEvery time.Duration

	// KeyStoreTime is how long proxies of external key stores may take to answer; 0 means 250 ms, as with AWS.
	KeyStoreTime time.Duration

	Carriers Carriers

	// Functions lets code of functions run in sandboxes of this host, if it isolates. The program must call inside.Main before anything else.
	Functions bool
	// Sandbox runs the code of functions instead, for tests.
	Sandbox sandbox.Sandbox

	Clock  func() time.Time
	Rand   io.Reader
	Logger *slog.Logger

	versioned []store.Schema // tests' tables, instead of all.Versioned
}

// DefaultAPI is where a server listens unless told otherwise.
const DefaultAPI = "https://127.0.0.1:8443"

// DefaultRegion is the region of clients that were not told another.
const DefaultRegion = "us-east-1"

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	keyIDPattern   = regexp.MustCompile(`^[A-Z0-9]{16,128}$`)
)

func (c *Config) complete() error {
	if c.API == "" {
		c.API = DefaultAPI
	}
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	if c.Grace == 0 {
		c.Grace = 10 * time.Second
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Account != "" && !accountPattern.MatchString(c.Account) {
		return fmt.Errorf("account %q: an account ID has 12 digits", c.Account)
	}
	if (c.AdminAccessKeyID == "") != (c.AdminSecretAccessKey == "") {
		return errors.New("the administrator's access key ID and secret access key must be given together")
	}
	if c.AdminAccessKeyID != "" && !keyIDPattern.MatchString(c.AdminAccessKeyID) {
		return fmt.Errorf("access key ID %q: 16 to 128 capital letters and digits are allowed", c.AdminAccessKeyID)
	}
	if c.Data != "" {
		abs, err := filepath.Abs(c.Data)
		if err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
		c.Data = abs
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
	}
	return nil
}

// listen opens the API's listener. Plain HTTP carries credentials' signatures and secrets in the clear: only on loopback.
func (c *Config) listen() (net.Listener, *url.URL, error) {
	u, err := url.Parse(c.API)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, nil, fmt.Errorf("API address %q: give a URL such as %s", c.API, DefaultAPI)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, nil, fmt.Errorf("API address %s: plain HTTP is served on loopback only; use https", c.API)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	l, err := net.Listen("tcp", host)
	if err != nil {
		return nil, nil, fmt.Errorf("listen: %w (is another server running? choose another address with --api)", err)
	}
	u.Host = l.Addr().String()
	if a, err := netip.ParseAddrPort(u.Host); err == nil && a.Addr().IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", fmt.Sprint(a.Port()))
	}
	return l, u, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// enabledRegions are the server's own region and all that clients know.
func (c *Config) enabledRegions() []string { return append([]string{c.Region}, regions...) }

// regions are the enabled regions: AWS's commercial ones, so that any client default works.
var regions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
	"ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
	"ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
	"il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
}
