//go:build linux && (amd64 || arm64)

package bwrap

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

// Where the code and its layers are inside.
const (
	taskDir  = "/var/task"
	layerDir = "/opt"
)

// maxMounts bounds what merging layers takes: bubblewrap reads 9,000 arguments, three for each.
const maxMounts = 2500

// mergeLayers are bubblewrap's arguments that show layers as one tree at /opt: of two files at one path the later layer's counts, directories are
// united ("Working with layers"). What only one layer has is mounted whole. Links are made anew, never followed: one that a layer made would lead the
// mount to a file of the host.
func mergeLayers(layers []string) ([]string, error) {
	var m merge
	if err := m.directory(layerDir, layers); err != nil {
		return nil, fmt.Errorf("layers: %w", err)
	}
	return m.arguments, nil
}

type merge struct {
	arguments []string
	mounts    int
}

// directory unites directories of the host at a path inside.
func (m *merge) directory(at string, from []string) error {
	if len(from) == 1 {
		m.arguments = append(m.arguments, "--ro-bind", from[0], at)
		return nil
	}
	m.arguments = append(m.arguments, "--dir", at)
	entries := map[string][]string{} // name → paths, in the order of the layers
	for _, dir := range from {
		list, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range list {
			entries[e.Name()] = append(entries[e.Name()], filepath.Join(dir, e.Name()))
		}
	}
	names := make([]string, 0, len(entries))
	for name := range entries {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := m.entry(filepath.Join(at, name), entries[name]); err != nil {
			return err
		}
	}
	return nil
}

// entry shows what the last layer has at a path, united with the directories before it.
func (m *merge) entry(at string, from []string) error {
	if m.mounts++; m.mounts > maxMounts {
		return errors.New("they overlap in too many places")
	}
	last := from[len(from)-1]
	info, err := os.Lstat(last)
	if err != nil {
		return err
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		dirs := []string{last}
		for i := len(from) - 2; i >= 0; i-- {
			before, err := os.Lstat(from[i])
			if err != nil {
				return err
			}
			if !before.IsDir() {
				break
			}
			dirs = append([]string{from[i]}, dirs...)
		}
		return m.directory(at, dirs)
	case fs.ModeSymlink:
		target, err := os.Readlink(last)
		if err != nil {
			return err
		}
		m.arguments = append(m.arguments, "--symlink", target, at)
		return nil
	case 0:
		m.arguments = append(m.arguments, "--ro-bind", last, at)
		return nil
	}
	return nil // neither file nor directory: a package holds no such thing
}
