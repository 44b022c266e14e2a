package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestEscalationChain(t *testing.T) {
	var p pathShown
	err := json.Unmarshal([]byte(`{"From":"ann","To":"boss","Gain":"administrator","Steps":[
		{"By":"ann","Gets":"boss","Row":"iam:PassRole + lambda:CreateFunction","Text":"a new function runs with the role","Via":"function","Questions":[
			{"Principal":"ann","Action":"iam:PassRole","Resource":"boss","Context":[{"Key":"iam:PassedToService","Values":["lambda.amazonaws.com"]}],
			 "AllowedBy":[{"Layer":"identity","Policy":"work","Holder":"ann","Statement":1,"Sid":"Pass","Line":3,"Column":5},{"Policy":"everything","Statement":0}]}]}],
		"Cut":{"Smallest":true,"Changes":[{"Kind":"detach the policy","At":{"Policy":"aws","Holder":"staff","Statement":-1},"Affects":7}]}}`), &p)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	x := &chains{out: &out, admins: []string{"root"}}
	x.path(&p)
	p.Gain, p.Cut, p.Steps = "more", nil, nil
	if err := json.Unmarshal([]byte(`{"Action":"s3:Get*","Resource":"*","AllowedBy":{"Policy":"read","Statement":0}}`), &p.Proof); err != nil {
		t.Fatal(err)
	}
	x.paths = 3
	x.path(&p)
	p.Proof, x.incomplete = nil, true
	x.path(&p)
	x.summary("")
	want := `ann → boss: administrator
  1. iam:PassRole + lambda:CreateFunction
     a new function runs with the role: function
     ann → boss
     ✓ iam:PassRole on boss with iam:PassedToService=lambda.amazonaws.com
         work:3:5 Pass of ann
         the permissions of a step before
  to cut it, the smallest change:
    detach the policy aws of staff (it counts for 7 principals)

ann → boss: more than it was given
  which may s3:Get* on *: read statement 0
  to cut it: nothing that the path stands on can be taken away; narrow the boundary or deny with an SCP

ann → boss: more than it was given
  to cut it: not told, because the search has not seen all ways

Paths: 3.
Administrators, who need none: root
The search was ended before it had seen all: there may be more. Ask with --from for one principal.
`
	got := plainText(out.String())
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// plainText takes the colours out.
func plainText(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		i := strings.IndexByte(s, '\x1b')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		s = s[strings.IndexByte(s, 'm')+1:]
	}
	return b.String()
}
