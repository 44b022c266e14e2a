package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// boto3 plays the scripts of testdata, each against a server of its own.
type boto3 struct {
	python string
	driven driven
	played atomic.Int32
}

// TestBoto3 plays every script, and then asks the logs whether boto3 has called every operation that is built.
func TestBoto3(t *testing.T) {
	b := &boto3{python: need(t, "python3", "apt-get install python3-boto3"), driven: driven{agent: boto3Agent}}
	if err := exec.Command(b.python, "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIP: python3 has no boto3 (apt-get install python3-boto3)")
	}
	scripts := map[string]func(*testing.T){
		"story": func(t *testing.T) {
			k := newKeyStore(t)
			b.playWith(t, start(t, t.TempDir(), k.args...), []string{"KEYSTORE=" + k.url}, "boto3/story.py", newMaterial(t).folder(t))
		},
		"buckets": func(t *testing.T) { // what decides about buckets and objects, with a plain HTTP client beside boto3
			s := start(t, t.TempDir())
			b.playWith(t, s, s.named(t), "boto3/buckets.py")
		},
		"transfer": func(t *testing.T) { // files in parts and by several threads
			b.play(t, start(t, t.TempDir()), "storage/transfer.py", folder(t))
		},
		"keypairs": func(t *testing.T) { // with Python's cryptography as the other side
			if err := exec.Command(b.python, "-c", "import cryptography").Run(); err != nil {
				t.Skip("SKIP: python3 has no cryptography (apt-get install python3-cryptography)")
			}
			b.play(t, start(t, t.TempDir()), "boto3kms/keypairs.py")
		},
		"topics": b.topics,
		"functions": func(t *testing.T) {
			if out := b.play(t, start(t, t.TempDir()), "boto3/functions.py"); strings.Contains(out, "SKIP:") {
				b.played.Add(-1)
				t.Skip(out)
			}
		},
	}
	for _, name := range []string{"alarms", "automations", "events", "logs", "queues", "schedules"} {
		scripts[name] = func(t *testing.T) { b.play(t, start(t, t.TempDir()), "boto3/"+name+".py") }
	}
	t.Run("scripts", func(t *testing.T) {
		for name, script := range scripts {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				script(t)
			})
		}
	})
	if n := int(b.played.Load()); n < len(scripts) {
		t.Skipf("SKIP: %d of %d scripts were played to the end", n, len(scripts))
	}
	b.driven.complete(t)
}

// play runs a script to its end, which must be good, and then the server is stopped.
func (b *boto3) play(t *testing.T, s *running, script string, args ...string) string {
	t.Helper()
	return b.playWith(t, s, nil, script, args...)
}

func (b *boto3) playWith(t *testing.T, s *running, env []string, script string, args ...string) string {
	t.Helper()
	dir, name := filepath.Split(script)
	out := run(t, append(append(s.env(t), "PYTHONDONTWRITEBYTECODE=1"), env...), filepath.Join("testdata", dir), b.python, append([]string{name, s.url}, args...)...)
	t.Log(out)
	b.driven.read(t, s)
	b.played.Add(1)
	return out
}
