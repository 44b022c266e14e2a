package catalog

import (
	"strings"
	"testing"
)

func TestBrokenTables(t *testing.T) {
	for text, want := range map[string]string{
		"x\ty\n":                               "outside of a service",
		"K\t0\n":                               `no entry "0"`,
		"U\tkey\t7\n":                          `no entry "7"`,
		"s\tkms\tKMS\t0\t1\t-1\n":              "invalid syntax",
		"s\tkms\n":                             "a service has",
		"s\tkms\tKMS\t0\t1\t1\na\tEncrypt\n":   "not a line of the table",
		"s\tkms\tKMS\t0\t1\t1\nr\tkey\tarn\t1": `no entry "1"`,
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParse: no table makes a panic, and what is read can be searched.
func FuzzParse(f *testing.F) {
	f.Add("k\taws:a\tString\nK\t0\nU\tkey*\t1\ns\tkms\tKMS\t1\t1\t1\trcp\nr\tkey\tarn\t1\na\tEncrypt\tW\t1\t1\tkms:A,kms:B\n")
	f.Add("U\tkey\n")
	f.Add("s\tkms\tKMS\t0\t4095\t4095")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if err != nil {
			return
		}
		for _, s := range c.Services() {
			c.Action(s.Prefix + ":Encrypt")
			s.Key("a/b")
		}
	})
}
