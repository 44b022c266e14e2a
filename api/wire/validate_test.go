package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	valid := kitchen{Name: ptr("abc"), Count: ptr(int64(5)), Words: []string{"a", "b"}, Tags: []tag{{Key: ptr("k"), Value: ptr("")}}, Color: ptr("red"), Choice: &choice{Text: ptr("x")}}
	for _, tc := range []struct {
		name   string
		change func(*kitchen)
		says   string // after "N validation error(s) detected: "; "" is valid
	}{
		{"valid", func(*kitchen) {}, ""},
		{"absent members are not checked", func(k *kitchen) { *k = kitchen{} }, ""},
		{"pattern", func(k *kitchen) { k.Name = ptr("a b") },
			`Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+`},
		{"length in characters, not bytes", func(k *kitchen) { k.Name = nil; k.Words = []string{"abcde"} }, ""},
		{"two constraints of one member", func(k *kitchen) { k.Name = ptr("a b c d e") },
			`Value 'a b c d e' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; Value 'a b c d e' at 'name' failed to satisfy constraint: Member must have length less than or equal to 8`},
		{"empty", func(k *kitchen) { k.Name = ptr("") },
			`Value '' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1`},
		{"range", func(k *kitchen) { k.Count = ptr(int64(0)) }, `Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1`},
		{"range above", func(k *kitchen) { k.Count = ptr(int64(101)) }, `Value '101' at 'count' failed to satisfy constraint: Member must have value less than or equal to 100`},
		{"enum", func(k *kitchen) { k.Color = ptr("green") }, `Value 'green' at 'color' failed to satisfy constraint: Member must satisfy enum value set: [blue, red]`},
		{"required", func(k *kitchen) { k.Tags[0].Key = nil }, `Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null`},
		{"deep inside", func(k *kitchen) {
			k.Nested = map[string]kitchen{"in": {Tags: []tag{{Key: ptr("k"), Value: ptr("v")}, {Value: ptr("v")}}}}
		},
			`Value null at 'nested.in.member.tags.2.member.key' failed to satisfy constraint: Member must not be null`},
		{"list length", func(k *kitchen) { k.Words = []string{"a", "b", "c", "d"} }, `Value '[a, b, c, d]' at 'words' failed to satisfy constraint: Member must have length less than or equal to 3`},
		{"list elements", func(k *kitchen) { k.Words = []string{"a", "NO"} },
			`Value '[a, NO]' at 'words' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 5, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]*]`},
		{"equal elements", func(k *kitchen) { k.Words = []string{"a", "a"} }, `Value '[a, a]' at 'words' failed to satisfy constraint: Member must have unique values`},
		{"a union without a member", func(k *kitchen) { k.Choice = &choice{} }, `Value at 'choice' failed to satisfy constraint: Exactly one member of the union must be set`},
	} {
		k := valid
		k.Tags = []tag{valid.Tags[0]}
		tc.change(&k)
		err := Validate(AWSJSON11, cook(AWSJSON11), &k)
		if tc.says == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		_, got, _ := strings.Cut(e.Message, " detected: ")
		if got != tc.says || e.Shape.Code != "ValidationException" || e.Shape.Status != 400 {
			t.Errorf("%s: %d %s\n got %s\nwant %s", tc.name, e.Shape.Status, e.Shape.Code, got, tc.says)
		}
	}
}

// TestValidateFamilies holds the code and the words of each protocol family.
func TestValidateFamilies(t *testing.T) {
	type input struct {
		Name   *string `api:",required,is=Name"`
		Header *string `api:",header=X-H,is=Name"`
		Secret *string `api:",sensitive,is=Name"`
	}
	make := func(p Protocol, change func(*Service)) *Operation {
		s := &Service{Protocols: []Protocol{p}, Shapes: []Shape{{Name: "Name", Length: ":3", Enum: []string{"a", "b"}}}, Operations: []*Operation{{
			Name: "Op", Input: reflect.TypeFor[input](), Output: reflect.TypeFor[struct{}](),
		}}}
		if change != nil {
			change(s)
		}
		return NewService(s).Operations[0]
	}
	none := func(s *Service) {}
	for _, tc := range []struct {
		name       string
		p          Protocol
		change     func(*Service)
		in         input
		code, says string
	}{
		{"query", AWSQuery, none, input{}, "ValidationError", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"},
		{"json", AWSJSON10, none, input{}, "ValidationException", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"},
		{"cbor", RPCv2CBOR, none, input{}, "ValidationException", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"},
		{"a code of the service's own", AWSJSON11, func(s *Service) { s.ValidationCode = "InvalidParameterException" }, input{}, "InvalidParameterException", "1 validation error detected: "},
		{"ec2", EC2Query, none, input{}, "MissingParameter", "The request must contain the parameter Name"},
		{"ec2 value", EC2Query, none, input{Name: ptr("zzz")}, "InvalidParameterValue", "Value 'zzz' for parameter name is invalid. Member must satisfy enum value set: [a, b]"},
		{"s3 body", RESTXML, func(s *Service) { s.BareErrors = true }, input{}, "MalformedXML", "The XML you provided was not well-formed"},
		{"s3 header", RESTXML, func(s *Service) { s.BareErrors = true }, input{Name: ptr("a"), Header: ptr("zzz")}, "InvalidArgument", "1 validation error detected: Value 'zzz' at 'header'"},
		{"iam names no values", AWSQuery, func(s *Service) { s.HideValues = true }, input{Name: ptr("z")}, "ValidationError",
			"1 validation error detected: Value at 'name' failed to satisfy constraint: Member must satisfy enum value set"},
		{"nobody names secrets", AWSJSON10, none, input{Name: ptr("a"), Secret: ptr("hunter2")}, "ValidationException",
			"2 validation errors detected: Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 3; Value at 'secret' failed to satisfy constraint: Member must satisfy enum value set: [a, b]"},
	} {
		var e *Error
		if !errors.As(Validate(tc.p, make(tc.p, tc.change), &tc.in), &e) {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		if e.Shape.Code != tc.code || !strings.HasPrefix(e.Message, tc.says) {
			t.Errorf("%s: %s %q, want %s %q", tc.name, e.Shape.Code, e.Message, tc.code, tc.says)
		}
	}
}

func TestValidateBounds(t *testing.T) {
	k := kitchen{Tags: make([]tag, 5000)}
	var e *Error
	if !errors.As(Validate(AWSJSON11, cook(AWSJSON11), &k), &e) {
		t.Fatal("no error")
	}
	if !strings.HasPrefix(e.Message, "32 validation errors") || len(e.Message) > 32*200+maxShown*2 {
		t.Errorf("a message of %d bytes: %.80s", len(e.Message), e.Message)
	}
	if err := Validate(AWSJSON11, cook(AWSJSON11), &struct{}{}); err == nil {
		t.Error("the input of another operation is valid")
	}
}
