package service_test

import (
	"testing"

	"vauban/service"
)

// TestResourcePolicy: statements come and go by their IDs; those of others stay to the letter.
func TestResourcePolicy(t *testing.T) {
	const theirs = `{"Sid":"x","Effect":"Deny","Principal":"*","Action":["a:B"],"Resource":"*","Condition":{"Bool":{"k":"true"}}}`
	for name, text := range map[string]string{
		"a list":           `{"Version":"2012-10-17","Id":"i","Statement":[` + theirs + `]}`,
		"without brackets": `{"Version":"2012-10-17","Id":"i","Statement":` + theirs + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := service.ReadResourcePolicy(text)
			if err != nil {
				t.Fatal(err)
			}
			const ours = `{"Sid":"y","Effect":"Allow","Principal":{"AWS":"1"},"Action":"a:C","Resource":"r"}`
			st := &service.Statement{Sid: "y", Effect: "Allow", Principal: map[string]service.OneOrMore{"AWS": {"1"}}, Action: service.OneOrMore{"a:C"}, Resource: "r"}
			written, err := p.Put(st)
			if err != nil || written != ours {
				t.Fatalf("%s, %v", written, err)
			}
			st.Action = service.OneOrMore{"a:C", "a:D"}
			if _, err := p.Put(st); err != nil {
				t.Fatal(err)
			}
			want := `{"Version":"2012-10-17","Id":"i","Statement":[` + theirs + `,{"Sid":"y","Effect":"Allow","Principal":{"AWS":"1"},"Action":["a:C","a:D"],"Resource":"r"}]}`
			if got, err := p.Text(); err != nil || got != want {
				t.Errorf("got  %s, %v\nwant %s", got, err, want)
			}
			if !p.Has("y") || !p.Remove("y") || p.Has("y") || p.Remove("y") || !p.Has("x") {
				t.Errorf("removed the wrong ones: %s", p.Statement)
			}
		})
	}
	if _, err := service.ReadResourcePolicy(`{"Statement":`); err == nil {
		t.Error("half a document was read")
	}
}
