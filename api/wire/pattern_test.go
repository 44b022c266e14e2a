package wire

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rewritten holds every pattern of patternRewrites against examples: what it must take, and what it must not.
var rewritten = []struct {
	pattern  string
	yes, no_ []string
}{
	{`^(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$`,
		[]string{"example.com", "*.a-b.example.com", "a.bc", strings.Repeat("a", 63) + ".com"}, []string{"-a.com", "a-.com", "com", "a.b", "a..com", strings.Repeat("a", 64) + ".com", "a.-bc"}},
	{`^(?!aws:)[a-zA-Z+-=._:/]+$`, []string{"team", "aw", "x:aws:"}, []string{"aws:x", "", "a b"}},
	{`^(?! )[\p{L}\p{N}\p{Z}-_]*(?<! )$`, []string{"", "a b", "ä-_9"}, []string{" a", "a ", "a!"}},
	{`^[0-9A-Za-z\.\-_]*(?<!\.)$`, []string{"", "a.b", "bucket-1"}, []string{"a.", ".", "a b"}},
	{`^.+@(?:(?:(?!-)[A-Za-z0-9-]{1,62})?[A-Za-z0-9]{1}\.)+[A-Za-z]{2,63}$`, []string{"a@b.cd", "a.b@x-y.example.org"}, []string{"a@-b.cd", "a@b-.cd", "@b.cd", "a@b", "a@b.c"}},
	{`^(?!.*\\|.*"|.*\/|.*\[|.*\]|.*:|.*;|.*\||.*=|.*,|.*\+|.*\*|.*\?|.*<|.*>|.*@).*$`, []string{"", "jane doe", "j.d-1"}, []string{"a\\b", "a@b", "a/b", "a?", "[", "x;"}},
	{`(?=^.{8,64}$)((?=.*\d)(?=.*[A-Z])(?=.*[a-z])|(?=.*\d)(?=.*[^A-Za-z0-9\s])(?=.*[a-z])|(?=.*[^A-Za-z0-9\s])(?=.*[A-Z])(?=.*[a-z])|(?=.*\d)(?=.*[A-Z])(?=.*[^A-Za-z0-9\s]))^.*`,
		[]string{"abcdEF12", "abcdef1!", "ABCdef!!", "ABC123!!", "ab CD 12"}, []string{"abcdefgh", "abcd1234", "ABCDefgh", "aB1", "1234567!", strings.Repeat("aB1", 22)}},
	{`^(?!D-|d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*`, []string{"corp", "a--b", "Dx"}, []string{"d-123", "D-1", "a-", "-a", ""}},
	{`^(?!\s*$).+`, []string{"a", " a "}, []string{"", "  ", "a\nb"}},
	{`^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$`, []string{"", "a b%", "ä"}, []string{"aws:", "aws:\u2028x", "a!"}},
	{`jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(redshift(-serverless)?)\.([a-zA-Z0-9\.\-]+):\d{1,5}/[a-zA-Z0-9_$-]+`,
		[]string{"jdbc:redshift://a.b-c.redshift.amazonaws.com:5439/dev"}, []string{"jdbc:redshift://-a.redshift.amazonaws.com:5439/dev", "jdbc:redshift://a-.redshift.amazonaws.com:5439/dev", "jdbc:mysql://a.redshift.x:1/d"}},
	{`^((?!\\[nr]).)+`, []string{`{"a":1}`, `a\tb`}, []string{`a\nb`, `\r`, ""}},
	{`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, []string{"abc", "a-b", "a-b-c1"}, []string{"ab", "a--b", "-ab", "ab-", "A-b", strings.Repeat("a", 64)}},
	{`^https://[-a-zA-Z0-9()@:%_+.~#?&//=]{1,1024}$`, []string{"https://a.b/c?d=e", "https://" + strings.Repeat("a", 1024)}, []string{"https://", "http://a", "https://a b", "https://" + strings.Repeat("a", 1025)}},
	{`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?`,
		[]string{"f", "arn:aws:lambda:us-east-1:123456789012:function:f", "f:prod", "f:1a"}, []string{"f:1", "f:", "a b"}},
	{`^(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)$`, []string{"orders", "systems.x", "a b"}, []string{"system.x", "system.\nx", "a$b", ""}},
	{`((?!^\d+$)^[0-9a-zA-Z-_]+$)`, []string{"prod", "1a", "-"}, []string{"1", "$LATEST", ""}},
	{`^(?!^[0-9]+$)([a-zA-Z0-9-_]+)$`, []string{"prod", "1-2"}, []string{"12", ""}},
	{`^(?!^[0-9]+$)([a-zA-Z0-9\-_' ']+)$`, []string{"my rule", "it's"}, []string{"12", "", "a/b"}},
	{`^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w-\/.@+=,]{1,1017}$`, []string{"arn:aws:iam::123456789012:role/a/b", "arn:aws:iam::123456789012:role/" + strings.Repeat("a", 1017)},
		[]string{"arn:aws:iam::123456789012:role/", "arn:aws:iam::1:role/a", "arn:aws:iam::123456789012:role/" + strings.Repeat("a", 1018)}},
	{`^(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$`, []string{"my.source", "$.a[0].b[*]", "$"}, []string{"aws.ec2", "$x", "", " a"}},
	{`^([a-z]|(\d(?!\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3})))([a-z\d]|(\.(?!(\.|-)))|(-(?!\.))){1,61}[a-z\d]$`, []string{"abc", "a.b-c", "1bucket", "10.0.0"},
		[]string{"10.0.0.1", "a..b", "a.-b", "a-.b", "ab", "Abc", "ab-"}},
	{`^https:\/\/[-a-zA-Z0-9@:%._\+~#=]{1,253}\.s3(\.[a-z\d-]{9,16})?\.amazonaws\.com\/.{1,2000}`, []string{"https://b.s3.us-east-1.amazonaws.com/k", "https://b.s3.amazonaws.com/" + strings.Repeat("k", 2000)},
		[]string{"https://b.s3.amazonaws.com/", "http://b.s3.amazonaws.com/k", "https://b.s3.amazonaws.com/" + strings.Repeat("k", 2001)}},
	{`^.{1,100000}$`, []string{"a", strings.Repeat("ä", 100000)}, []string{"", "a\nb", strings.Repeat("a", 100001)}},
	{`^([\-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])((:?)[0-5]\d)?|24\:?00)([\.,]\d(?!:))?)?(\17[0-5]\d([\.,]\d)?)?([zZ]|([\-])([01]\d|2[0-3]):?([0-5]\d)?)?)?)?$`,
		[]string{"2026", "2026-11", "2026-11-24", "20261124", "2026-W48", "2026-W48-2", "2026-328", "2026-11-24T03:16:53Z", "20261124T031653Z", "2026-11-24T03", "2026-11-24T24:00", "2026-11-24T03:16-05:00", "2026-11-24T03:16:53.5Z"},
		[]string{"202611", "2026-13", "2026-11-32", "2026-1124", "202611-24", "2026-11-24T25:00", "2026-11-24T03:1653", "2026-11-24T0316:53", "2026-11-24T03:16.5:10", "yesterday", "201001 10:00"}},
	{`^(-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`, []string{"PT1H", "P1Y2M3DT4H5M6.7S", "-P2W", "PT0.5S"}, []string{"P", "PT", "PTH", "1H", "P1H"}},
}

func TestPatternRewrites(t *testing.T) {
	seen := map[string]bool{}
	for _, tc := range rewritten {
		seen[tc.pattern] = true
		if _, ok := patternRewrites[tc.pattern]; !ok {
			t.Errorf("%s is not rewritten", tc.pattern)
			continue
		}
		p := newPattern(tc.pattern)
		for _, s := range tc.yes {
			if !p.matches(s) {
				t.Errorf("%s must match %.60q", tc.pattern, s)
			}
		}
		for _, s := range tc.no_ {
			if p.matches(s) {
				t.Errorf("%s must not match %.60q", tc.pattern, s)
			}
		}
	}
	for pattern := range patternRewrites {
		if !seen[pattern] {
			t.Errorf("%s has no examples", pattern)
		}
		if expr, err := toGo(pattern); err == nil {
			if _, err := regexp.Compile(expr); err == nil {
				t.Errorf("%s needs no rewriting", pattern)
			}
		}
	}
}

// TestModelPatterns compiles every pattern of every model, and finds each rewriting in some model.
func TestModelPatterns(t *testing.T) {
	dir := os.Getenv("VAUBAN_MODELS")
	if dir == "" {
		t.Skip("VAUBAN_MODELS is not set: it names a folder of service models")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Skipf("no single-file models in %s", dir)
	}
	used := map[string]bool{}
	count := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		type traits struct {
			Pattern string `json:"smithy.api#pattern"`
		}
		var model struct {
			Shapes map[string]struct {
				Traits  traits
				Members map[string]struct{ Traits traits }
			}
		}
		if err := json.Unmarshal(text, &model); err != nil {
			t.Fatal(err)
		}
		check := func(id, pattern string) {
			if pattern == "" {
				return
			}
			count++
			used[pattern] = true
			if err := CheckPattern(pattern); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(path), id, err)
			}
		}
		for id, s := range model.Shapes {
			check(id, s.Traits.Pattern)
			for name, m := range s.Members {
				check(id+"$"+name, m.Traits.Pattern)
			}
		}
	}
	for pattern := range patternRewrites {
		if !used[pattern] {
			t.Errorf("no model has the rewritten pattern %s", pattern)
		}
	}
	t.Logf("%d patterns, %d of them rewritten", count, len(patternRewrites))
}

func TestPatternDialect(t *testing.T) {
	for _, tc := range []struct{ pattern, yes, no string }{
		{`[\u0009\u000A\u000D\u0020-\u00FF]+`, "aÿ\n", "Ā"},
		{`^[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*$`, "a😹", "\x01"},
		{`^[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+$`, "a😹", "\u007F"},
		{`^(\u002F)|(\u002F[\u0021-\u007E]+\u002F)$`, "/", "//x"},
		{`^(\u002F)|(\u002F[\u0021-\u007E]+\u002F)$`, "/a/b/", "/a"},
		{`.*`, "abc", "a\u2028b"},
		{`^(\p{LD}|\p{Punct}| )+$`, "a1! ", "\t"},
		{`[a[b]+`, "a[b", "c"},
		{`arn:.*`, "arn:x", "x arn:"},
	} {
		p := newPattern(tc.pattern)
		if !p.matches(tc.yes) || p.matches(tc.no) {
			t.Errorf("%s: %q %v, %q %v", tc.pattern, tc.yes, p.matches(tc.yes), tc.no, p.matches(tc.no))
		}
	}
	for _, bad := range []string{`a(?=b)`, `(a)\1`, `[a&&b]`, `\uD800`, `\P{Alnum}`, `a*+`} {
		if err := CheckPattern(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
		if newPattern(bad).matches("a") {
			t.Errorf("%s matches: what cannot be enforced must be refused", bad)
		}
	}
}

// TestClassOf is the law that the fast path for repeated classes says what the engine says.
func TestClassOf(t *testing.T) {
	for _, source := range []string{`[\w+=,.@-]+`, `^[\u0009\u000A\u000D\u0020-\u00FF]*$`, `([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`, `[^\s]+`} {
		class, _ := classOf(source)
		if class == nil {
			t.Errorf("%s is a repeated class", source)
			continue
		}
		clauses, err := compileClauses(source)
		if err != nil {
			t.Fatal(err)
		}
		p := newPattern(source)
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.StringN(0, 6, -1).Draw(t, "s")
			if got, want := p.matches(s), clauses[0].re.MatchString(s); got != want {
				t.Fatalf("%s, %q: %v, want %v", source, s, got, want)
			}
		})
	}
}

// TestDotOfAll: (?s) makes the dot any character, which it is not otherwise.
func TestDotOfAll(t *testing.T) {
	for pattern, want := range map[string]bool{"(?s).*": true, ".*": false} {
		if got := newPattern(pattern).matches("SELECT 1\r\nFROM x"); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}
