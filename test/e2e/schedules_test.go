package e2e

import (
	"os/exec"
	"syscall"
	"testing"
)

// TestTerraformScheduler creates, reads, changes and deletes every kind of resource that the provider has for EventBridge Scheduler.
func TestTerraformScheduler(t *testing.T) { wholeLife(t, "scheduler") }

// TestSchedulesKilled: the server is killed while schedules fire. Every occurrence is invoked, also those that were due while nothing ran.
func TestSchedulesKilled(t *testing.T) {
	python := need(t, "python3", "apt-get install python3-boto3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIP: python3 has no boto3 (apt-get install python3-boto3)")
	}
	dir := t.TempDir()
	for _, phase := range []string{"begin", "end"} {
		s := start(t, dir)
		t.Log(run(t, append(s.env(t), "PYTHONDONTWRITEBYTECODE=1"), "testdata/boto3", python, "schedules_killed.py", s.url, phase))
		if phase == "begin" {
			s.stop(t, syscall.SIGKILL)
		}
	}
}
