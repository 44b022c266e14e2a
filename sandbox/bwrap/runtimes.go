//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"vauban/sandbox/inside"
)

// language of a runtime.
type language int

const (
	provided language = iota // the package brings its own: an executable "bootstrap"
	python
	node
)

// program is what runs a runtime's functions, or why nothing does.
type program struct {
	language language
	major    string   // "20"
	argv     []string // in the sandbox
	bind     []string // directories that it needs beside /usr
	err      error
}

// known are the runtimes that this package has a bootstrap for ("Lambda runtimes").
var known = []string{
	"python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
	"nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "provided.al2", "provided.al2023",
}

// Runtimes says for each runtime that is known why it cannot run here: nil when it can. The first call tries them out.
func (h *Host) Runtimes() map[string]error {
	out := map[string]error{}
	for name, p := range h.runtimes() {
		out[name] = p.err
	}
	return out
}

// findRuntimes tries each interpreter that is found, in a sandbox: what starts there runs functions.
func (h *Host) findRuntimes() map[string]*program {
	tries := &trials{host: h, all: map[string]*trial{}}
	out := map[string]*program{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range known {
		all.Go(func() {
			p := tries.find(name)
			mu.Lock()
			defer mu.Unlock()
			out[name] = p
		})
	}
	all.Wait()
	return out
}

// trials are the interpreters that were tried, each once.
type trials struct {
	host *Host
	mu   sync.Mutex
	all  map[string]*trial
}

// trial is what an interpreter answered.
type trial struct {
	once    sync.Once
	version string
	err     error
}

func (t *trials) find(name string) *program {
	if strings.HasPrefix(name, "provided.") {
		return &program{language: provided}
	}
	if version, ok := strings.CutPrefix(name, "python"); ok {
		return t.program(&program{language: python, major: version}, "Python "+version, "python"+version, "bootstrap.py")
	}
	major := strings.TrimSuffix(strings.TrimPrefix(name, "nodejs"), ".x")
	return t.program(&program{language: node, major: major}, "Node.js "+major, "node", "bootstrap.mjs")
}

// questions are what interpreters are asked: their version, with what the bootstraps import.
var questions = map[language][]string{
	python: {"-c", "import sys, json, socket; print('%d.%d' % sys.version_info[:2])"},
	node:   {"-p", "process.versions.node.split('.')[0]"},
}

// program takes the first interpreter that answers with the version that is wanted.
func (t *trials) program(p *program, what, name, script string) *program {
	p.err = fmt.Errorf("%s is not installed on this host", what)
	for _, path := range candidates(name) {
		version, err := t.ask(path, questions[p.language])
		if err != nil {
			p.err = fmt.Errorf("%s does not start in a sandbox: %w", path, err)
			continue
		}
		if version == p.major {
			p.argv, p.bind, p.err = []string{path, runtimeDir + "/" + script}, prefixOf(path), nil
			return p
		}
	}
	return p
}

// ask asks an interpreter for its version, in a sandbox.
func (t *trials) ask(path string, question []string) (string, error) {
	t.mu.Lock()
	one := t.all[path]
	if one == nil {
		one = &trial{}
		t.all[path] = one
	}
	t.mu.Unlock()
	one.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		v := &view{bind: prefixOf(path), tmp: 1 << 20}
		one.version, one.err = t.host.run(ctx, v, &inside.Orders{Argv: append([]string{path}, question...)})
		one.version = strings.TrimSpace(one.version)
	})
	return one.version, one.err
}

// candidates are the programs of a name that a host may have: those in PATH, of the distribution, and of pyenv. Each is a binary itself, with all links
// followed: the scripts of version managers choose by what is outside of the sandbox.
func candidates(name string) []string {
	dirs := append([]string{"/usr/bin", "/usr/local/bin"}, filepath.SplitList(os.Getenv("PATH"))...)
	for _, pattern := range []string{pyenv() + "/versions/*/bin", "/usr/local/*/bin"} {
		more, _ := filepath.Glob(pattern)
		dirs = append(dirs, more...)
	}
	var out []string
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) {
			continue
		}
		path, err := filepath.EvalSymlinks(filepath.Join(dir, name))
		if err != nil || slices.Contains(out, path) || taken.MatchString(path) {
			continue
		}
		if f, err := elf.Open(path); err == nil {
			f.Close()
			out = append(out, path)
		}
	}
	return out
}

// taken are the places where a sandbox has something of its own.
var taken = regexp.MustCompile(`^/(opt|tmp|var|dev|proc|etc)/`)

func pyenv() string {
	if root := os.Getenv("PYENV_ROOT"); root != "" {
		return root
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "/nonexistent"
	}
	return filepath.Join(home, ".pyenv")
}

// prefixOf is the directory that a program outside of /usr needs: the one above its bin.
func prefixOf(path string) []string {
	if strings.HasPrefix(path, "/usr/") || strings.HasPrefix(path, "/bin/") {
		return nil
	}
	return []string{filepath.Dir(filepath.Dir(path))}
}

var runtimeName = regexp.MustCompile(`^[a-z]{1,16}[0-9a-z.]{0,16}$`)

// program of a runtime.
func (h *Host) program(runtime string) (*program, error) {
	p := h.runtimes()[runtime]
	switch {
	case p == nil && runtimeName.MatchString(runtime):
		return nil, fmt.Errorf("runtime %s is not supported: there is no bootstrap for it", runtime)
	case p == nil:
		return nil, errors.New("unknown runtime")
	}
	return p, p.err
}
