//go:build linux && (amd64 || arm64)

package bwrap

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefusal: a host that cannot isolate, or only says that it does, is no host, and the reason says what to do.
func TestRefusal(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := func(text string) string {
		file := filepath.Join(t.TempDir(), "bwrap")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, c := range []struct{ name, program, init, want string }{
		{"missing", "/nonexistent/bwrap", "", "no such file or directory"},
		{"namespaces are refused", script("echo 'bwrap: No permissions to create new namespace' >&2; exit 1"), "", "No permissions to create new namespace"},
		{"isolates nothing", script("exec " + exe + " --vauban-sandbox-init"), "", "the sandbox does not isolate: "},
		{"ends at once", "/bin/true", "", "the sandbox does not start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "host")
			h, err := New(t.Context(), Config{Dir: dir, Program: c.program})
			if err == nil {
				t.Fatal("it is taken for a host", h.Close())
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("the work directory is left behind")
			}
		})
	}
}

// TestProgramWithoutInit: a program that does not call inside.Main is no first process of a sandbox, and does nothing else in it either.
func TestProgramWithoutInit(t *testing.T) {
	needBubblewrap(t)
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "host"), Init: sleep}); err == nil || !strings.Contains(err.Error(), "does not start") {
		t.Error(err)
	}
}

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := New(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "host")})
	if err == nil || err.Error() != "bubblewrap is not installed: apt-get install bubblewrap" {
		t.Error(err)
	}
}
