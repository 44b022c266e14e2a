package e2e

import (
	"os/exec"
	"testing"
)

func TestBoto3(t *testing.T) {
	python := need(t, "python3", "apt-get install python3-boto3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIP: python3 has no boto3 (apt-get install python3-boto3)")
	}
	s := start(t, t.TempDir())
	t.Log(run(t, append(s.env(t), "PYTHONDONTWRITEBYTECODE=1"), "testdata/boto3", python, "story.py", s.url, newMaterial(t).folder(t)))
	s.drove(t, "Boto3/")
}

// TestBoto3Buckets plays what decides about buckets and objects, with boto3 and with a plain HTTP client beside it.
func TestBoto3Buckets(t *testing.T) {
	python := need(t, "python3", "apt-get install python3-boto3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIP: python3 has no boto3 (apt-get install python3-boto3)")
	}
	s := start(t, t.TempDir())
	t.Log(run(t, append(append(s.env(t), "PYTHONDONTWRITEBYTECODE=1"), s.named(t)...), "testdata/boto3", python, "buckets.py", s.url))
}
