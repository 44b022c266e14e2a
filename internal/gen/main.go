package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var o options
	flag.StringVar(&o.models, "models", "", "folder of Smithy JSON AST models, flat or as in aws/api-models-aws")
	flag.StringVar(&o.authz, "authz", "", "actions, resource types and condition keys (default: ../authz/authz-core.json beside the models, else the excerpt beside the lists)")
	flag.StringVar(&o.out, "out", "api", "folder to write to")
	flag.StringVar(&o.catalog, "catalog", "", "write the table of engine/catalog to this file, from -authz, and nothing else")
	lists := flag.String("services", filepath.Join("internal", "gen", "services"), "folder of the service lists")
	flag.Parse()
	o.only = flag.Args()
	o.warn = func(s string) { fmt.Fprintln(os.Stderr, "gen: warning:", s) }
	if err := run(o, *lists); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

type options struct {
	models, authz, out string
	catalog            string
	only               []string // services to generate; empty: all lists
	warn               func(string)
}

func run(o options, lists string) error {
	if o.catalog != "" {
		return runCatalog(o)
	}
	if o.models == "" {
		return fmt.Errorf("-models is missing: name a folder of service models")
	}
	services, err := readLists(lists)
	if err != nil {
		return err
	}
	if len(o.only) > 0 {
		services = slices.DeleteFunc(services, func(l *list) bool { return !slices.Contains(o.only, l.name) })
	}
	a, whole, err := findAuthz(o, lists)
	if err != nil {
		return err
	}
	if whole && len(o.only) == 0 {
		if err := a.writeExcerpt(lists, services); err != nil {
			return err
		}
	}
	return generate(o, services, a)
}

func runCatalog(o options) error {
	if o.authz == "" {
		return fmt.Errorf("-authz is missing: name the authorization data of all services")
	}
	a, err := readAuthz(o.authz)
	if err != nil {
		return err
	}
	return a.writeCatalog(o.catalog)
}

// generate writes the package of each list below o.out and removes generated files that are no longer written.
func generate(o options, services []*list, a *authz) error {
	for _, l := range services {
		files, warnings, err := generateOne(o.models, l, a)
		if err != nil {
			return err
		}
		for _, w := range warnings {
			if o.warn != nil {
				o.warn(w)
			}
		}
		if err := write(filepath.Join(o.out, l.name), files); err != nil {
			return err
		}
	}
	return nil
}

func generateOne(models string, l *list, a *authz) (files map[string][]byte, warnings []string, err error) {
	path, err := findModel(models, l)
	if err != nil {
		return nil, nil, err
	}
	m, service, err := readModel(path)
	if err != nil {
		return nil, nil, err
	}
	p, err := prune(l, m, service, a)
	if err != nil {
		return nil, nil, err
	}
	if files, err = p.emit(); err == nil {
		err = l.checkHidden()
	}
	return files, p.warnings, err
}

// write puts the files into dir and removes the generated files of an earlier run; hand-written files are left alone.
func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if files[filepath.Base(path)] != nil {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(text), header) {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
