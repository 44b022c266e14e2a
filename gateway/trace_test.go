package gateway

import (
	"net/http"
	"strings"
	"testing"
)

func TestTraceOf(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Root=1-x;Lineage=a87bd80c:1%7C68fd508a:5": "Root=1-x;Lineage=a87bd80c:1%7C68fd508a:5",
		strings.Repeat("x", 1025): "", "Root=\x01": "", "Root=ä": "",
	} {
		if got := traceOf(http.Header{"X-Amzn-Trace-Id": {in}}); got != want {
			t.Errorf("traceOf(%q) = %q, want %q", in, got, want)
		}
	}
}
