package xks

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzAnswers: no answer brings a parser down, and what is taken has the sizes of the protocol.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"authenticationTag":"vBxN2ncH1oEkR8WVXpmyYQ==","ciphertext":"ghxkK1txeDNn3q8Y","ciphertextDataIntegrityValue":"qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=","ciphertextMetadata":"a2V5X3ZlcnNpb249MQ==","initializationVector":"HMrlRw85cAJUd5Ax"}`,
		`{"plaintext":"SGVsbG8gV29ybGQh"}`, `{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}`,
		`{"xksProxyFleetSize":2,"xksProxyVendor":"A","xksProxyModel":"B","ekmVendor":"C","ekmFleetDetails":[{"id":"1","model":"D","healthStatus":"DEGRADED"}]}`,
		`{"errorName":"KeyNotFoundException","errorMessage":"no\u0000ne"}`, `{"ciphertext":null}`, `[]`, `null`, ``,
	} {
		f.Add([]byte(s), 12)
	}
	aad := []byte("project=nile,department=marketing")
	f.Fuzz(func(t *testing.T, body []byte, length int) {
		if s, err := parseSealed(body, length, aad); err == nil && (!s.WellFormed() || len(s.Ciphertext) != length) {
			t.Errorf("taken: %+v", s)
		}
		if b, err := parseOpened(body, length); err == nil && len(b) != length {
			t.Errorf("taken: %x", b)
		}
		if m, err := parseMetadata(body); err == nil && (len(m.Usage) == 0 || len(m.Usage) > maxNames) {
			t.Errorf("taken: %+v", m)
		}
		if h, err := parseHealth(body); err == nil && (len(h.Fleet) == 0 || len(h.Fleet) > maxNames || h.FleetSize < 1) {
			t.Errorf("taken: %+v", h)
		}
		var p *Problem
		if !errors.As(parseProblem(400, body), &p) || p.Reason == "" || len(p.Text) > maxText || bytes.ContainsFunc([]byte(p.Text), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("problem: %+v", p)
		}
	})
}
