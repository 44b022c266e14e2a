package lambda

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"

	"vauban/store"
)

// Function is a function with the version of it that can be changed.
type Function struct {
	Account, Region, Name string

	ID        string // another function of the same name has another
	Created   time.Time
	Latest    Config
	Published int               `json:",omitempty"` // number of the last version
	Tags      map[string]string `json:",omitempty"`
	Policy    Policy            `json:",omitzero"`  // of the unqualified ARN
	Reserved  *int              `json:",omitempty"` // concurrency
	Signing   string            `json:",omitempty"` // ARN of its code signing configuration
	Recursive bool              `json:",omitempty"` // loops of it are allowed
}

// Version is a published version: it does not change, but for its policy.
type Version struct {
	Account, Region, Name string
	Number                int
	Config                Config
	Policy                Policy `json:",omitzero"`
}

// Config is what an invocation of a version needs to know.
type Config struct {
	Version     string // "$LATEST", "1"
	Revision    string // RevisionId
	Generation  string // another when instances must be made anew
	Modified    time.Time
	Description string `json:",omitempty"`

	Runtime, Handler, Role string
	Memory                 int // MB
	Timeout                int // seconds
	Tmp                    int // MB
	Architecture           string

	Code   Package
	Layers []LayerUse `json:",omitempty"`

	Environment *Sealed `json:",omitempty"` // nil when there is none
	Key         string  `json:",omitempty"` // of KMS, for the environment

	DeadLetter string `json:",omitempty"`
	LogGroup   string `json:",omitempty"` // "" means /aws/lambda/NAME
	Network    bool   `json:",omitempty"` // the environment asks to reach the API
}

// Package is a stored archive.
type Package struct {
	ID     string // of the blob
	SHA256 string // base64
	Size   int64
}

// LayerUse is a layer version that a version uses. It keeps working when the layer version is deleted.
type LayerUse struct {
	ARN  string
	Code Package
}

var functions = &store.Table[Function]{
	Name: "lambda.function",
	Key:  func(f *Function) store.Key { return store.K(f.Account, f.Region, f.Name) },
	Refs: map[string]func(*Function) []store.Key{
		"code":    func(f *Function) []store.Key { return f.Latest.codeRefs() },
		"signing": func(f *Function) []store.Key { return f.signingRefs() },
	},
}

var versions = &store.Table[Version]{
	Name: "lambda.version",
	Key:  func(v *Version) store.Key { return store.K(v.Account, v.Region, v.Name, v.Number) },
	Refs: map[string]func(*Version) []store.Key{"code": func(v *Version) []store.Key { return v.Config.codeRefs() }},
}

// signingRefs is the code signing configuration of a function, if it has one.
func (f *Function) signingRefs() []store.Key {
	if f.Signing == "" {
		return nil
	}
	return []store.Key{store.K(f.Signing)}
}

// codeRefs are the packages that a version needs, so that they are not cleared away.
func (c *Config) codeRefs() []store.Key {
	refs := []store.Key{store.K(c.Code.ID)}
	for _, l := range c.Layers {
		if l.Code.ID != c.Code.ID {
			refs = append(refs, store.K(l.Code.ID))
		}
	}
	return refs
}

func (f *Function) arn() string { return functionARN(f.Account, f.Region, f.Name, "") }

func (f *Function) key() store.Key { return store.K(f.Account, f.Region, f.Name) }

// group is where a version's logs go.
func (c *Config) group(function string) string {
	if c.LogGroup != "" {
		return c.LogGroup
	}
	return "/aws/lambda/" + function
}

// touch notes a change of the version. anew says that running instances do not have it.
func (s *Service) touch(c *Config, now time.Time, anew bool) error {
	var err error
	if c.Revision, err = s.newUUID(); err != nil {
		return err
	}
	if anew {
		c.Generation = c.Revision
	}
	c.Modified = now
	return nil
}

// newUUID is a random UUID, version 4 (RFC 9562).
func (s *Service) newUUID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// newID is a random ID of 128 bits.
func (s *Service) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// stamp is how Lambda writes times.
func stamp(t time.Time) *string { return new(t.UTC().Format("2006-01-02T15:04:05.000-0700")) }

func number(q string) int {
	n, _ := strconv.Atoi(q) // digits only; what overflows is no version
	return n
}
