package sts

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	api "vauban/api/sts"
)

func statementOf(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// noise does not compress.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[r.IntN(64)]
	}
	return string(b)
}

func TestReadPolicies(t *testing.T) {
	arns := func(n int) []api.PolicyDescriptorType {
		out := make([]api.PolicyDescriptorType, n)
		for i := range out {
			out[i].Arn = new(fmt.Sprintf("arn:aws:iam::aws:policy/P%d", i))
		}
		return out
	}
	spaced := strings.ReplaceAll(statementOf("s3:GetObject"), ",", " ,\n\t ")
	p, err := readPolicies(&spaced, arns(10))
	if err != nil {
		t.Fatal(err)
	}
	if p.inline != statementOf("s3:GetObject") || len(p.arns) != 10 {
		t.Errorf("read %+v", p)
	}
	for name, test := range map[string]struct {
		inline string
		arns   []api.PolicyDescriptorType
		want   string
	}{
		"eleven":       {statementOf("s3:*"), arns(11), "ValidationError: 1 validation error detected: Value at 'policyArns'"},
		"no ARN":       {statementOf("s3:*"), make([]api.PolicyDescriptorType, 1), "ValidationError: 1 validation error detected: Value at 'policyArns'"},
		"malformed":    {`{"Statement":[]}`, nil, "MalformedPolicyDocument: "},
		"no JSON":      {`{`, nil, "MalformedPolicyDocument: "},
		"principal":    {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}`, nil, "MalformedPolicyDocument: "},
		"too long":     {statementOf("s3:" + strings.Repeat("A", 2000)), nil, "PackedPolicyTooLarge: Packed policy consumes 102% of allotted space, please use smaller policy."},
		"long with it": {statementOf("s3:" + strings.Repeat("A", 1750)), arns(10), "PackedPolicyTooLarge: Packed policy consumes "},
	} {
		if _, err := readPolicies(&test.inline, test.arns); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

func TestPackedSize(t *testing.T) {
	size := func(p sessionPolicies, tag ...api.Tag) (int64, error) {
		tg, err := readTags(tag, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return packedSize(p, tg)
	}
	if n, err := size(sessionPolicies{}); n != 0 || err != nil {
		t.Errorf("nothing takes %d%%, %v", n, err)
	}
	small, err := size(sessionPolicies{inline: statementOf("s3:*")})
	if err != nil || small < 1 || small > 10 {
		t.Errorf("a small policy takes %d%%, %v", small, err)
	}
	tagged, err := size(sessionPolicies{inline: statementOf("s3:*")}, tags("team", "blue")...)
	if err != nil || tagged < small {
		t.Errorf("with a tag it takes %d%%, %v; without %d%%", tagged, err, small)
	}
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("k%d", i), noise(256)[i:])
	}
	if _, err := size(sessionPolicies{}, tags(many...)...); err != nil {
		t.Errorf("tags that are alike: %v", err)
	}
	for i := 1; i < len(many); i += 2 {
		many[i] = noise(10_000)[i*256:][:256]
	}
	want := "PackedPolicyTooLarge: Packed size of session tags consumes "
	if _, err := size(sessionPolicies{}, tags(many...)...); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("many tags: %v, want %s", err, want)
	}
}

func FuzzReadPolicies(f *testing.F) {
	f.Add(statementOf("s3:*"))
	f.Add("{\"Version\":\"2012-10-17\",\n \"Statement\":[]}")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPolicies(&text, nil)
		if err != nil {
			return
		}
		again, err := readPolicies(&p.inline, nil)
		if err != nil || again.inline != p.inline {
			t.Errorf("%q becomes %q, which reads as %q, %v", text, p.inline, again.inline, err)
		}
	})
}
