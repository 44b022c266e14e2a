package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// excerpt is the part of the authorization data that the generated services use, kept beside the lists: whoever has the public models
// only can generate these services again. A new service needs the whole data once: -authz.
const excerpt = "authz.json"

// findAuthz returns the data that o names, or that lies beside the models, or else the excerpt. whole is false for the excerpt.
func findAuthz(o options, lists string) (a *authz, whole bool, err error) {
	path := o.authz
	if path == "" {
		path = filepath.Join(o.models, "..", "authz", "authz-core.json")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			a, err := readAuthz(filepath.Join(lists, excerpt))
			return a, false, err
		}
	}
	a, err = readAuthz(path)
	return a, true, err
}

// writeExcerpt keeps what the services of the lists use.
func (a *authz) writeExcerpt(lists string, services []*list) error {
	kept := authz{Services: map[string]*authzService{}}
	for _, l := range services {
		for prefix := range l.prefixes() {
			if s := a.Services[prefix]; s != nil {
				kept.Services[prefix] = &authzService{Actions: s.Actions, Resources: s.Resources}
			}
		}
	}
	b, err := json.MarshalIndent(kept, "", " ")
	if err != nil {
		return fmt.Errorf("encode the excerpt: %w", err)
	}
	return os.WriteFile(filepath.Join(lists, excerpt), append(b, '\n'), 0o644)
}

// prefixes are the IAM prefixes that the list's actions can have.
func (l *list) prefixes() map[string]bool {
	out := map[string]bool{l.name: true}
	if l.prefix != "" {
		out[l.prefix] = true
	}
	for _, actions := range l.actions {
		for _, name := range actions {
			prefix, _, _ := strings.Cut(name, ":")
			out[prefix] = true
		}
	}
	return out
}
