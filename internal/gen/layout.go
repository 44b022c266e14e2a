package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// findModel returns the path of a service's model: flat, or in the layout of aws/api-models-aws under the folder name given by the list's
// `model` setting (newest version when there are several).
func findModel(dir string, l *list) (string, error) {
	tried := []string{filepath.Join(dir, l.name+".json")}
	if _, err := os.Stat(tried[0]); err == nil {
		return tried[0], nil
	}
	folder := l.name
	if l.model != "" {
		folder = l.model
	}
	for _, root := range []string{dir, filepath.Join(dir, "models")} {
		pattern := filepath.Join(root, folder, "service", "*", folder+"-*.json")
		tried = append(tried, pattern)
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", fmt.Errorf("find the model of %s: %w", l.name, err)
		}
		if len(found) > 0 {
			slices.Sort(found) // versions are dates
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("no model of %s: looked for %s", l.name, strings.Join(tried, ", "))
}

// everyModel returns a list naming all operations for each flat model below dir: how the tests run the generator over what is not built yet.
func everyModel(dir string) ([]*list, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []*list
	for _, path := range found {
		out = append(out, &list{name: strings.TrimSuffix(filepath.Base(path), ".json"), every: true})
	}
	return out, nil
}
