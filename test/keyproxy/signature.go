package keyproxy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// verify checks a signature with code of its own, so that nothing which signs wrongly is found right. Specification: "Appendix A".
func (p *Proxy) verify(r *http.Request, body []byte) error {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return errors.New("not signed")
	}
	part := map[string]string{}
	for item := range strings.SplitSeq(rest, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(item), "=")
		part[k] = v
	}
	scope := strings.Split(part["Credential"], "/")
	stamp := r.Header.Get("X-Amz-Date")
	when, err := time.Parse("20060102T150405Z", stamp)
	switch {
	case len(scope) != 5 || scope[0] != p.AccessKeyID || scope[3] != "kms-xks-proxy" || scope[4] != "aws4_request":
		return errors.New("another credential or scope")
	case err != nil || !strings.HasPrefix(stamp, scope[1]) || p.Clock().Sub(when).Abs() > 5*time.Minute:
		return errors.New("another time")
	case part["SignedHeaders"] != "host;x-amz-date":
		return errors.New("other headers are signed")
	}
	digest := sha256.Sum256(body)
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), "", "host:" + r.Host, "x-amz-date:" + stamp, "", part["SignedHeaders"], hex.EncodeToString(digest[:])}, "\n")
	digest = sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, strings.Join(scope[1:], "/"), hex.EncodeToString(digest[:])}, "\n")
	key := []byte("AWS4" + p.Secret)
	for _, s := range slices.Concat(scope[1:], []string{text}) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(s))
		key = mac.Sum(nil)
	}
	given, err := hex.DecodeString(part["Signature"])
	if err != nil || !hmac.Equal(given, key) {
		return errors.New("another signature")
	}
	return nil
}
