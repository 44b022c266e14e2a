package s3_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

const logPolicy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject",` +
	`"Resource":"arn:aws:s3:::logs/*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::logged"},"StringEquals":{"aws:SourceAccount":"` + shopAccount + `"}}}}`

func loggingTo(format string) string {
	return `<BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>p/</TargetPrefix>` + format + `</LoggingEnabled></BucketLoggingStatus>`
}

// noted waits until the log's consumers have handled all that was recorded.
func (s *shop) noted(t *testing.T) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	entries, err := s.Log().Read(context.Background(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1].Seq
	for {
		behind := false
		for _, c := range s.Log().Status().Consumers {
			behind = behind || c.Name == "s3.access-log" && c.Seq < last
		}
		if !behind {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("the consumers do not reach event %d: %+v", last, s.Log().Status())
		}
	}
}

// delivered are the keys of the log objects, and their lines.
func (s *shop) delivered(t *testing.T) (keys, lines []string) {
	t.Helper()
	list := s.ok(t, "GET", "/logs?list-type=2", "")
	for _, m := range regexp.MustCompile(`<Key>([^<]*)</Key>`).FindAllStringSubmatch(list, -1) {
		keys = append(keys, m[1])
		lines = append(lines, strings.Split(strings.TrimSuffix(s.ok(t, "GET", "/logs/"+m[1], ""), "\n"), "\n")...)
	}
	return keys, lines
}

func TestAccessLogs(t *testing.T) {
	now := newClock()
	data := t.TempDir()
	s := openShop(t, data, now)
	s.ok(t, "PUT", "/logged", "")
	s.ok(t, "PUT", "/logs", "")
	s.ok(t, "PUT", "/logged?logging", loggingTo(""))
	s.ok(t, "PUT", "/logged/dir/a%20b", "hello")
	s.ok(t, "GET", "/logged/dir/a%20b", "", "User-Agent", `evil" "agent`)
	s.signed(t, "GET", "/logged/not-there", "")
	s.ok(t, "GET", "/logged?location", "")
	s.noted(t)
	if err := s.Turn(t.Context(), "s3.access-logs"); err == nil || !strings.Contains(err.Error(), "s3:PutObject") {
		t.Fatalf("a target whose policy lets nobody in: %v", err)
	}
	s.close(t)

	s = openShop(t, data, now) // what waits is kept
	defer s.close(t)
	s.ok(t, "PUT", "/logs?policy", logPolicy)
	if err := s.Turn(t.Context(), "s3.access-logs"); err != nil {
		t.Fatal(err)
	}
	keys, lines := s.delivered(t)
	if len(keys) != 1 || !regexp.MustCompile(`^p/2026-01-02-03-04-05-[0-9A-F]{16}$`).MatchString(keys[0]) {
		t.Errorf("keys %v", keys)
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		` logged [02/Jan/2026:03:04:05 +0000] 127.0.0.1 arn:aws:iam::111122223333:user/admin `,
		` REST.PUT.OBJECT dir%2Fa%20b "PUT /logged/dir/a%20b HTTP/1.1" 200 - - 5 - - "-" `,
		` REST.GET.OBJECT dir%2Fa%20b "GET /logged/dir/a%20b HTTP/1.1" 200 - 5 5 - - "-" "evil%22 %22agent" - `,
		` REST.GET.OBJECT not-there "GET /logged/not-there HTTP/1.1" 404 NoSuchKey - - `,
		` REST.GET.LOCATION - "GET /logged?location HTTP/1.1" 200 - `,
		` SigV4 - AuthHeader `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line has %q:\n%s", want, text)
		}
	}
	for _, l := range lines {
		if n := len(regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|[^ ]+`).FindAllString(l, -1)); n != 27 {
			t.Errorf("a line of %d fields: %s", n, l)
		}
	}
	if err := s.Turn(t.Context(), "s3.access-logs"); err != nil {
		t.Fatal(err)
	}
	if again, _ := s.delivered(t); len(again) != 1 {
		t.Errorf("delivered twice: %v", again)
	}
	s.partitioned(t)
}

// TestAccessLogsOfNamesakes: a bucket that is made anew under a name gets no lines of the former one.
func TestAccessLogsOfNamesakes(t *testing.T) {
	now := newClock()
	s := openShop(t, t.TempDir(), now)
	defer s.close(t)
	s.ok(t, "PUT", "/logs", "")
	s.ok(t, "PUT", "/logs?policy", logPolicy)
	s.ok(t, "PUT", "/logged", "")
	s.ok(t, "PUT", "/logged?logging", loggingTo(""))
	s.ok(t, "GET", "/logged?versioning", "")
	s.noted(t) // this one waits as a line
	s.now.Add(int64(time.Second))
	s.ok(t, "GET", "/logged?acl", "") // this one is perhaps looked at when the name is another's
	s.ok(t, "DELETE", "/logged", "")
	s.now.Add(int64(time.Second))
	s.ok(t, "PUT", "/logged", "")
	s.ok(t, "PUT", "/logged?logging", loggingTo(""))
	s.ok(t, "GET", "/logged?location", "")
	s.noted(t)
	if err := s.Turn(t.Context(), "s3.access-logs"); err != nil {
		t.Fatal(err)
	}
	_, lines := s.delivered(t)
	text := strings.Join(lines, "\n")
	if strings.Contains(text, ".VERSIONING ") || strings.Contains(text, ".ACL ") || !strings.Contains(text, ".LOCATION ") {
		t.Errorf("the log of the second bucket:\n%s", text)
	}
}

// partitioned checks the keys that say when the calls were.
func (s *shop) partitioned(t *testing.T) {
	s.ok(t, "PUT", "/logged?logging", loggingTo(`<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>`))
	s.now.Add(int64(24 * time.Hour))
	s.ok(t, "GET", "/logged/dir/a%20b", "")
	s.noted(t)
	if err := s.Turn(t.Context(), "s3.access-logs"); err != nil {
		t.Fatal(err)
	}
	keys, _ := s.delivered(t)
	days := map[string]bool{}
	for _, k := range keys {
		if m := regexp.MustCompile(`^p/111122223333/us-east-1/logged/(2026/01/0[23])/2026-01-0[23]-00-00-00-[0-9A-F]{16}$`).FindStringSubmatch(k); m != nil {
			days[m[1]] = true
		}
	}
	if !days["2026/01/02"] || !days["2026/01/03"] {
		t.Errorf("keys %v: the calls of two days want two", keys)
	}
}
