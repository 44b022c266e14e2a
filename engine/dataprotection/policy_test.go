package dataprotection

import (
	"strings"
	"testing"
)

const sample = `{"Name":"p","Description":"d","Version":"2021-06-01","Configuration":{"CustomDataIdentifier":[{"Name":"EmployeeId","Regex":"EmployeeId-\\d{9}"}]},
"Statement":[{"Sid":"a","DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress","EmployeeId"],
"Operation":{"Audit":{"SampleRate":"99","FindingsDestination":{"CloudWatchLogs":{"LogGroup":"/a"},"S3":{"Bucket":"b"},"Firehose":{"DeliveryStream":"f"}}}}},
{"DataIdentifier":["EmployeeId"],"Operation":{"Deidentify":{"MaskConfig":{"MaskWithCharacter":"#"}}}},
{"DataDirection":"Outbound","Principal":["*"],"DataIdentifier":["EmployeeId"],"Operation":{"Deny":{}}}]}`

func TestParse(t *testing.T) {
	p, err := Parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Statements
	if p.Name != "p" || len(s) != 3 || s[0].Audit == nil || s[0].Audit.Sample != 99 || *s[0].Audit.Findings != (Destinations{"/a", "b", "f"}) || s[0].Audit.WithoutFinding != nil ||
		s[1].Deidentify == nil || s[1].Deidentify.Mask != "#" || !s[2].Deny || s[2].Direction != Outbound {
		t.Errorf("read %+v", p)
	}
	d, err := p.Detector(s[0].Identifiers)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Find("EmployeeId-123456789 a@b.de"); len(got) != 2 {
		t.Errorf("found %v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"Name":"p",`, ``, "no Name"},
		{`2021-06-01`, `2020-01-01`, "Version must be"},
		{`"Sid":"a"`, `"Sidd":"a"`, "unknown field"},
		{`/EmailAddress`, `/MailAddress`, "MailAddress does not exist"},
		{`"EmployeeId"],"Operation":{"Deny"`, `"Employee"],"Operation":{"Deny"`, "neither the ARN"},
		{`"Name":"EmployeeId"`, `"Name":"EmailAddress"`, "name of a managed one"},
		{`"Name":"EmployeeId"`, `"Name":"Employee Id"`, "letters, digits"},
		{`EmployeeId-\\d{9}`, `(EmployeeId)`, "must not have the character"},
		{`EmployeeId-\\d{9}`, `[`, "regular expression"},
		{`EmployeeId-\\d{9}`, strings.Repeat("a", 201), "1 to 200"},
		{`"99"`, `"100"`, "0 to 99"},
		{`"Deny":{}`, `"Deny":{},"Audit":{"FindingsDestination":{}}`, "one of Audit"},
		{`"MaskConfig":{"MaskWithCharacter":"#"}`, ``, "one of MaskConfig"},
		{`"MaskWithCharacter":"#"`, `"MaskWithCharacter":"##"`, "one character"},
		{`Outbound`, `Sideways`, "DataDirection"},
		{`"Description":"d"`, `"Description":"` + strings.Repeat("d", MaxPolicy) + `"`, "characters"},
	} {
		text := strings.Replace(sample, c.old, c.new, 1)
		if text == sample {
			t.Fatalf("%s is not in the sample", c.old)
		}
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s in place of %s: %v", c.new, c.old, err)
		}
	}
	if _, err := Parse(sample + "{}"); err == nil {
		t.Error("more behind the policy is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add(`{"Name":"p","Version":"2021-06-01","Statement":[null]}`)
	f.Add(`{"Name":"p","Version":"2021-06-01","Configuration":{"CustomDataIdentifier":[null]},"Statement":[{"DataIdentifier":["x"],"Operation":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		for _, s := range p.Statements {
			if _, err := p.Detector(s.Identifiers); err != nil {
				t.Fatalf("a policy that is good has no detector: %v", err)
			}
		}
	})
}
