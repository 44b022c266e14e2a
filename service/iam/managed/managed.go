package managed

import (
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Policy is one AWS managed policy in its default version. It is shared: do not change it.
type Policy struct {
	ARN         string
	Name        string
	Path        string // "/", "/service-role/", "/job-function/", "/aws-service-role/" or "/root-task/"
	ID          string // ANPA…, the same in every deployment
	Version     string // "v1"
	JSON        string
	Description string
	Created     time.Time
	Updated     time.Time
}

// ServiceLinked reports whether only service-linked roles may hold the policy.
func (p *Policy) ServiceLinked() bool { return p.Path == "/aws-service-role/" }

// ByARN returns the policy of that ARN.
func ByARN(arn string) (*Policy, bool) {
	p, ok := catalogue().byARN[arn]
	return p, ok
}

// All returns all policies, ordered by name. The slice is shared: do not change it.
func All() []*Policy { return catalogue().all }

//go:embed policies/*.json
var documents embed.FS

// index has one line per policy: path, name, version, created, updated, description.
//
//go:embed index.tsv
var index string

type policies struct {
	all   []*Policy
	byARN map[string]*Policy
}

// catalogue reads the embedded files once. They are part of the program, so that a mistake in them is one of the program; the
// package's tests read all of them.
var catalogue = sync.OnceValue(func() *policies {
	out, err := read(index)
	if err != nil {
		panic(err)
	}
	return out
})

func read(index string) (*policies, error) {
	lines := strings.Split(strings.TrimSuffix(index, "\n"), "\n")[1:] // the first names the columns
	out := &policies{all: make([]*Policy, 0, len(lines)), byARN: make(map[string]*Policy, len(lines))}
	for _, line := range lines {
		p, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("managed policies: %w", err)
		}
		out.all = append(out.all, p)
		out.byARN[p.ARN] = p
	}
	return out, nil
}

func parse(line string) (*Policy, error) {
	f := strings.Split(line, "\t")
	if len(f) != 6 {
		return nil, fmt.Errorf("line %q has %d columns", line, len(f))
	}
	p := &Policy{Path: f[0], Name: f[1], Version: f[2], Description: f[5], ARN: "arn:aws:iam::aws:policy" + f[0] + f[1]}
	p.ID = id(p.ARN)
	var err error
	if p.Created, err = time.Parse(time.RFC3339, f[3]); err != nil {
		return nil, err
	}
	if p.Updated, err = time.Parse(time.RFC3339, f[4]); err != nil {
		return nil, err
	}
	text, err := documents.ReadFile("policies/" + p.Name + ".json")
	p.JSON = string(text)
	return p, err
}

// id derives the unique ID from the ARN, so that it needs no list.
func id(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}
