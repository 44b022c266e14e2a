package cli

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vauban/engine/treeproof"
)

func check(ts *testscript.TestScript, err error) {
	if err != nil {
		ts.Fatalf("%v", err)
	}
}

// capture keeps what the first group of the expression matches in the last command's output: `capture VAR EXPRESSION`.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// altered writes the file with a part replaced to the file `altered`: `altered FILE EXPRESSION REPLACEMENT`.
func altered(ts *testscript.TestScript, _ bool, args []string) {
	had := ts.ReadFile(args[0])
	now := regexp.MustCompile(args[1]).ReplaceAllString(had, strings.ReplaceAll(args[2], `\n`, "\n"))
	if had == now {
		ts.Fatalf("nothing matches %s", args[1])
	}
	check(ts, os.WriteFile(ts.MkAbs("altered"), []byte(now), 0o600))
}

// delivered writes the record of a proof as CloudTrail delivers it, perhaps with a word replaced: `delivered PROOF FILE [OLD NEW]`.
func delivered(ts *testscript.TestScript, _ bool, args []string) {
	p, err := treeproof.ParseInclusion([]byte(ts.ReadFile(args[0])))
	check(ts, err)
	record := string(p.Record)
	if len(args) > 2 {
		record = strings.Replace(record, args[2], args[3], 1)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write([]byte(`{"Records":[{"eventID":"another"},` + record + `]}`))
	check(ts, err)
	check(ts, z.Close())
	check(ts, os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}

// grown waits for a head of more entries than another, and keeps it: `grown OLD NEW`.
func grown(ts *testscript.TestScript, _ bool, args []string) {
	old, err := treeproof.SizeOf([]byte(ts.ReadFile(args[0])))
	check(ts, err)
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		cmd := exec.Command("vauban", "trail", "head", "--data", ts.Getenv("VAUBAN_DATA"))
		head, err := cmd.Output()
		check(ts, err)
		size, err := treeproof.SizeOf(head)
		check(ts, err)
		if size > old+10 {
			check(ts, os.WriteFile(ts.MkAbs(args[1]), head, 0o600))
			return
		}
	}
	ts.Fatalf("the log does not grow")
}
