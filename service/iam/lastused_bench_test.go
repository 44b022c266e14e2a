package iam

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkNotes is what the log's consumer spends on one event of usual size before it writes.
func BenchmarkNotes(b *testing.B) {
	e := called(time.Unix(1e9, 0), "AKIAAAAAAAAAAAAAAAA1", "AIDAAAAAAAAAAAAAAAAA1", "us-east-1", "iam.amazonaws.com", "iam:ListUsers")
	record := strings.TrimSuffix(string(e.Record), "}")
	e.Record = []byte(record + `,"requestParameters":{"text":"` + strings.Repeat("x", 1200) + `"}}`)
	b.ReportAllocs()
	for b.Loop() {
		n := notes{uses: map[useOf]*LastUse{}, services: map[serviceOf]*serviceUse{}}
		n.add(e)
	}
}
