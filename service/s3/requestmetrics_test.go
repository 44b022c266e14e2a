package s3_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

// statistic is a statistic of a metric of a bucket over two hours, "" when there is none.
func (s *shop) statistic(t *testing.T, bucket, filter, name, which string) string {
	t.Helper()
	now := time.Unix(0, s.now.Load()).UTC()
	form := url.Values{
		"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "Namespace": {"AWS/S3"}, "MetricName": {name}, "Period": {"7200"}, "Statistics.member.1": {which},
		"StartTime": {now.Add(-time.Hour).Format(time.RFC3339)}, "EndTime": {now.Add(time.Hour).Format(time.RFC3339)},
		"Dimensions.member.1.Name": {"BucketName"}, "Dimensions.member.1.Value": {bucket}, "Dimensions.member.2.Name": {"FilterId"}, "Dimensions.member.2.Value": {filter},
	}.Encode()
	r := s.request(t, "POST", "/", form, "Content-Type", "application/x-www-form-urlencoded")
	signer := &sigv4.Signer{AccessKeyID: shopKey, Secret: sigv4.SecretKey(shopSecret), Region: "us-east-1", Service: "monitoring"}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte(form)), now); err != nil {
		t.Fatal(err)
	}
	status, body, _ := send(t, r)
	if status != http.StatusOK {
		t.Fatalf("statistics: %d %s", status, body)
	}
	return element(body, which)
}

// counted waits until the metric has the sum.
func (s *shop) counted(t *testing.T, bucket, filter, name, sum string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		for _, job := range []string{"s3.request-metrics", "cloudwatch.fresh"} {
			if err := s.Turn(t.Context(), job); err != nil {
				t.Fatal(err)
			}
		}
		got := s.statistic(t, bucket, filter, name, "Sum")
		if got == sum {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s of %s/%s is %q, want %q", name, bucket, filter, got, sum)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestRequestMetrics(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/counted", "")
	s.ok(t, "PUT", "/quiet", "")
	for id, filter := range map[string]string{
		"all": "", "docs": "<Filter><Prefix>docs/</Prefix></Filter>", "red": "<Filter><Tag><Key>team</Key><Value>red</Value></Tag></Filter>",
		"both": "<Filter><And><Prefix>docs/</Prefix><Tag><Key>team</Key><Value>red</Value></Tag></And></Filter>",
	} {
		s.ok(t, "PUT", "/counted?metrics&id="+id, `<MetricsConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Id>`+id+`</Id>`+filter+`</MetricsConfiguration>`)
	}
	s.now.Add(int64(2 * time.Hour)) // what set them up is out of sight
	s.ok(t, "PUT", "/counted/docs/a", "12345", "X-Amz-Tagging", "team=red")
	s.ok(t, "PUT", "/counted/docs/b", "123")
	s.ok(t, "GET", "/counted/docs/a", "")
	s.ok(t, "GET", "/counted/docs/a", "", "Range", "bytes=0-1")
	s.ok(t, "HEAD", "/counted/docs/b", "")
	s.ok(t, "GET", "/counted?list-type=2", "")
	s.signed(t, "GET", "/counted/docs/none", "")
	s.ok(t, "POST", "/counted/docs/c?uploads", "")
	s.ok(t, "DELETE", "/counted/docs/b", "")
	s.ok(t, "PUT", "/quiet/docs/a", "x")
	if status, _, _ := send(t, s.request(t, "GET", "/counted/docs/a", "")); status != http.StatusForbidden { // a stranger
		t.Errorf("a stranger gets %d", status)
	}
	forged := s.request(t, "GET", "/counted/docs/a", "")
	signer := &sigv4.Signer{AccessKeyID: shopKey, Secret: "guessed", Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(forged, sigv4.PayloadHash(nil), time.Unix(0, s.now.Load())); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := send(t, forged); status != http.StatusForbidden {
		t.Errorf("a guessed secret gets %d", status)
	}
	for _, want := range []struct{ filter, name, sum string }{
		{"all", "AllRequests", "11"}, {"all", "GetRequests", "5"}, {"all", "PutRequests", "2"}, {"all", "HeadRequests", "1"}, {"all", "ListRequests", "1"},
		{"all", "PostRequests", "1"}, {"all", "DeleteRequests", "1"}, {"all", "4xxErrors", "3"}, {"all", "5xxErrors", "0"}, {"all", "BytesUploaded", "8"},
		{"docs", "AllRequests", "10"}, {"docs", "ListRequests", ""}, {"docs", "4xxErrors", "3"},
		{"red", "AllRequests", "4"}, {"red", "PutRequests", "1"}, {"red", "BytesUploaded", "5"}, {"red", "4xxErrors", "1"}, // nobody looked what the forged one is about
		{"both", "AllRequests", "4"},
	} {
		s.counted(t, "counted", want.filter, want.name, want.sum)
	}
	if got := s.statistic(t, "counted", "red", "BytesDownloaded", "Minimum"); got != "2" {
		t.Errorf("the smallest answer had %q bytes, want those of the range", got)
	}
	for _, name := range []string{"FirstByteLatency", "TotalRequestLatency"} {
		if got := s.statistic(t, "counted", "all", name, "SampleCount"); got != "11" {
			t.Errorf("%s of %q requests", name, got)
		}
	}
	if got := s.statistic(t, "quiet", "all", "AllRequests", "Sum"); got != "" {
		t.Errorf("a bucket that nobody asked for has metrics: %q", got)
	}
}

// TestManyMetrics: a listing of configurations has pages, and there is a last one.
func TestManyMetrics(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/counted", "")
	for i := range 120 {
		id := strings.Repeat("x", i/60+1) + string(rune('a'+i%26)) + string(rune('a'+i/26))
		s.ok(t, "PUT", "/counted?metrics&id="+id, `<MetricsConfiguration><Id>`+id+`</Id></MetricsConfiguration>`)
	}
	first := s.ok(t, "GET", "/counted?metrics", "")
	token := element(first, "NextContinuationToken")
	second := s.ok(t, "GET", "/counted?metrics&continuation-token="+url.QueryEscape(token), "")
	if a, b := strings.Count(first, "<Id>"), strings.Count(second, "<Id>"); a != 100 || b != 20 || element(first, "IsTruncated") != "true" || element(second, "IsTruncated") != "false" {
		t.Errorf("pages of %d and %d configurations", a, b)
	}
	s.ok(t, "DELETE", "/counted", "")
	s.ok(t, "PUT", "/counted", "")
	if list := s.ok(t, "GET", "/counted?metrics", ""); strings.Contains(list, "<Id>") {
		t.Errorf("the next bucket of the name has metrics of the last: %s", list)
	}
}
