package e2e

import (
	"os/exec"
	"testing"
)

// TestTerraformEvents creates, reads, changes and deletes every kind of resource that the provider has for what is built of EventBridge.
func TestTerraformEvents(t *testing.T) { wholeLife(t, "events") }

func TestBoto3Events(t *testing.T) {
	python := need(t, "python3", "apt-get install python3-boto3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIP: python3 has no boto3 (apt-get install python3-boto3)")
	}
	s := start(t, t.TempDir())
	t.Log(run(t, append(s.env(t), "PYTHONDONTWRITEBYTECODE=1"), "testdata/boto3", python, "events.py", s.url))
}
