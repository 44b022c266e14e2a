package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What the aws CLI shows of the log is what a proof of it proves, and a changed answer is noticed.
func TestProvenLog(t *testing.T) {
	need(t, "aws", "apt-get install awscli")
	s := start(t, t.TempDir())
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(name string, args ...string) ([]byte, string, error) {
		cmd := exec.Command(name, args...)
		cmd.Env = append(s.env(t), "AWS_PAGER=")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		return out, errs.String(), err
	}
	must := func(name string, args ...string) []byte {
		t.Helper()
		out, errs, err := run(name, args...)
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs)
		}
		return out
	}
	keep := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(at(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(s.bin, "trail", "key", "--out", at("key"))
	keep("head", must(s.bin, "trail", "head"))
	must("aws", "iam", "create-user", "--user-name", "alice")
	answer := must("aws", "cloudtrail", "lookup-events", "--output", "json", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateUser")
	keep("answer.json", answer)
	var found struct{ Events []struct{ EventId string } }
	if err := json.Unmarshal(answer, &found); err != nil || len(found.Events) != 1 {
		t.Fatalf("%v: %s", err, answer)
	}
	keep("proof", must(s.bin, "trail", "prove", found.Events[0].EventId))
	keep("growth", must(s.bin, "trail", "prove", "--from", at("head")))
	s.stop(t, syscall.SIGTERM) // from here on there is no server

	verify := func(args ...string) (string, string, error) {
		cmd := exec.Command(s.bin, append([]string{"trail", "verify", "--key", at("key")}, args...)...)
		cmd.Env = []string{"HOME=" + t.TempDir()}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		return string(out), errs.String(), err
	}
	if out, errs, err := verify(at("proof"), "--record", at("answer.json")); err != nil || !strings.Contains(out, "byte for byte") || !strings.Contains(out, "CreateUser of iam.amazonaws.com") {
		t.Errorf("the proof: %v\n%s%s", err, out, errs)
	}
	if out, errs, err := verify(at("growth"), "--from", at("head")); err != nil || !strings.Contains(out, "are as they were") {
		t.Errorf("the growth: %v\n%s%s", err, out, errs)
	}
	keep("answer.json", bytes.ReplaceAll(answer, []byte("alice"), []byte("malice")))
	if out, errs, err := verify(at("proof"), "--record", at("answer.json")); err == nil || !strings.Contains(errs, "it was altered") {
		t.Errorf("an altered answer: %v\n%s%s", err, out, errs)
	}
}
