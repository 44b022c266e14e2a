package storetest

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
)

// Killed runs the test binary once more as a child, with the settings ("NAME=value") added to its environment, and kills it when it has printed so many
// lines. show gets each of its lines, those too that it printed before the kill reached it. A child that ends by itself before fails the test.
func Killed(t *testing.T, lines int, show func(line string), settings ...string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), settings...)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	told := 0
	for s := bufio.NewScanner(out); s.Scan(); {
		show(s.Text())
		if told++; told == lines {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || told < lines {
		t.Fatalf("the child ended by itself after %d lines: %v", told, err)
	}
}
