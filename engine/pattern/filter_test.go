package pattern

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFilterErrors: what AWS answered for the same policies.
func TestFilterErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"key":[["value"]]}`: `Match value must be String, number, true, false, or null at [Source: (String)"{"key":[["value"]]}"; line: 1, column: 10]`,
		`{"key":[]}`:          `Empty arrays are not allowed at [Source: (String)"{"key":[]}"; line: 1, column: 10]`,
		`{"key":[{"anything-but":{"exists":false}}]}`:        `Unsupported anything-but pattern: exists at [Source: (String)"{"key":[{"anything-but":{"exists":false}}]}"; line: 1, column: 40]`,
		`{"key":[{"anything-but":{"prefix":false}}]}`:        `prefix match pattern must be a string at [Source: (String)"{"key":[{"anything-but":{"prefix":false}}]}"; line: 1, column: 40]`,
		`{"key":[{"anything-but":{"wrong-operator":null}}]}`: `Unsupported anything-but pattern: wrong-operator at [Source: (String)"{"key":[{"anything-but":{"wrong-operator":null}}]}"; line: 1, column: 47]`,
		`{"key":[{"cidr":["bad-filter"]}]}`:                  `prefix match pattern must be a string at [Source: (String)"{"key":[{"cidr":["bad-filter"]}]}"; line: 1, column: 18]`,
		`{"key":[{"exists":"no"}]}`:                          `exists match pattern must be either true or false. at [Source: (String)"{"key":[{"exists":"no"}]}"; line: 1, column: 20]`,
		`{"key":[{"exists":null}]}`:                          `exists match pattern must be either true or false. at [Source: (String)"{"key":[{"exists":null}]}"; line: 1, column: 23]`,
		`{"key":[{"numeric":["<",100,">",10]}]}`:             `Too many elements in numeric expression at [Source: (String)"{"key":[{"numeric":["<",100,">",10]}]}"; line: 1, column: 30]`,
		`{"key":[{"numeric":["=","000"]}]}`:                  `Value of equals must be numeric at [Source: (String)"{"key":[{"numeric":["=","000"]}]}"; line: 1, column: 26]`,
		`{"key":[{"numeric":[">","20","<","30"]}]}`:          `Value of > must be numeric at [Source: (String)"{"key":[{"numeric":[">","20","<","30"]}]}"; line: 1, column: 26]`,
		`{"key":[{"numeric":[">",20,"<","30"]}]}`:            `Value of < must be numeric at [Source: (String)"{"key":[{"numeric":[">",20,"<","30"]}]}"; line: 1, column: 33]`,
		`{"key":[{"numeric":[">",20,"<",30,"<",50]}]}`:       `Too many terms in numeric range expression at [Source: (String)"{"key":[{"numeric":[">",20,"<",30,"<",50]}]}"; line: 1, column: 36]`,
		`{"key":[{"numeric":[">",20,"<="]}]}`:                `Value of <= must be numeric at [Source: (String)"{"key":[{"numeric":[">",20,"<="]}]}"; line: 1, column: 33]`,
		`{"key":[{"numeric":[">",20,"test"]}]}`:              `Bad numeric range operator: test at [Source: (String)"{"key":[{"numeric":[">",20,"test"]}]}"; line: 1, column: 34]`,
		`{"key":[{"numeric":[">",20,30]}]}`:                  `Bad value in numeric range: 30 at [Source: (String)"{"key":[{"numeric":[">",20,30]}]}"; line: 1, column: 30]`,
		`{"key":[{"numeric":[">",3,"<",1]}]}`:                `Bottom must be less than top at [Source: (String)"{"key":[{"numeric":[">",3,"<",1]}]}"; line: 1, column: 33]`,
		`{"key":[{"numeric":[">=",1,">",2]}]}`:               `Bad numeric range operator: > at [Source: (String)"{"key":[{"numeric":[">=",1,">",2]}]}"; line: 1, column: 31]`,
		`{"key":[{"numeric":[">="]}]}`:                       `Value of >= must be numeric at [Source: (String)"{"key":[{"numeric":[">="]}]}"; line: 1, column: 26]`,
		`{"key":[{"numeric":["operator"]}]}`:                 `Unrecognized numeric range operator: operator at [Source: (String)"{"key":[{"numeric":["operator"]}]}"; line: 1, column: 32]`,
		`{"key":[{"numeric":[1,"<="]}]}`:                     `Invalid member in numeric match: 1 at [Source: (String)"{"key":[{"numeric":[1,"<="]}]}"; line: 1, column: 22]`,
		`{"key":[{"numeric":[]}]}`:                           `Invalid member in numeric match: ] at [Source: (String)"{"key":[{"numeric":[]}]}"; line: 1, column: 22]`,
		`{"key":[{"suffix":"value","prefix":"value2"}]}`:     `Only one key allowed in match expression at [Source: (String)"{"key":[{"suffix":"value","prefix":"value2"}]}"; line: 1, column: 37]`,
		`{"key":[{"suffix":100}]}`:                           `suffix match pattern must be a string at [Source: (String)"{"key":[{"suffix":100}]}"; line: 1, column: 22]`,
		`{"key":[{"suffix":["test","test2"]}]}`:              `suffix match pattern must be a string at [Source: (String)"{"key":[{"suffix":["test","test2"]}]}"; line: 1, column: 20]`,
		`{"key":[{"suffix":[]}]}`:                            `suffix match pattern must be a string at [Source: (String)"{"key":[{"suffix":[]}]}"; line: 1, column: 20]`,
		`{"key":[{"suffix":null}]}`:                          `suffix match pattern must be a string at [Source: (String)"{"key":[{"suffix":null}]}"; line: 1, column: 23]`,
		`{"key":[{"wrong-operator":true}]}`:                  `Unrecognized match type wrong-operator at [Source: (String)"{"key":[{"wrong-operator":true}]}"; line: 1, column: 31]`,
		`{"key":{"not-an-operator":"value"}}`:                `"not-an-operator" must be an object or an array at [Source: (String)"{"key":{"not-an-operator":"value"}}"; line: 1, column: 28]`,
		`{"key":{"suffix":"value","prefix":"value"}}`:        `"suffix" must be an object or an array at [Source: (String)"{"key":{"suffix":"value","prefix":"value"}}"; line: 1, column: 19]`,
		`{"key":{"suffix":"value"}}`:                         `"suffix" must be an object or an array at [Source: (String)"{"key":{"suffix":"value"}}"; line: 1, column: 19]`,
		`{"key_a":"value_one"}`:                              `"key_a" must be an object or an array at [Source: (String)"{"key_a":"value_one"}"; line: 1, column: 11]`,
		`{"key":[{"cidr":"bad-filter"}]}`:                    "Malformed CIDR, one '/' required",
		`{"key":[{"cidr":"xx.11.xx/8"}]}`:                    "Nonstandard IP address: xx.11.xx",
		`{"key":[{"cidr":"10.0.0.0/x"}]}`:                    "Malformed CIDR, mask bits must be an integer",
		`{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}`:  "Filter policy can not have more than 5 keys",
		`{"key_a":{"key_b":{"key_c":["1","2","3","4"]}},"key_d":{"key_e":["1","2","3"]},"key_f":["1","2","3"]}`: "Filter policy is too complex",
		`invalid`: "failed to parse JSON. invalid character 'i' looking for beginning of value at line: 1, column: 2",
		`{"a":`:   "failed to parse JSON. unexpected EOF at line: 1, column: 6",
		`[]`:      `Filter is not an object at [Source: (String)"[]"; line: 1, column: 2]`,
	} {
		_, err := CompileFilter([]byte(text), true)
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
	if _, err := CompileFilter([]byte(`{"a":{"b":["c"]}}`), false); err == nil || err.Error() != nestedMessages {
		t.Errorf("nested in attributes: %v", err)
	}
}

func TestFilterMatch(t *testing.T) {
	attributes := Attributes(map[string]any{
		"store": "example_corp", "price": json.Number("100.50"), "sports": []any{"rugby", "football"}, "ip": "10.1.2.3", "gone": nil, "on": true, "n": json.Number("100"),
	})
	for text, want := range map[string]bool{
		`{"store":["example_corp"]}`:                                true,
		`{"store":["other","example_corp"]}`:                        true,
		`{"store":[{"anything-but":"example_corp"}]}`:               false,
		`{"store":[{"anything-but":["a","b"]}]}`:                    true,
		`{"store":[{"anything-but":{"prefix":"example"}}]}`:         false,
		`{"store":[{"anything-but":{"suffix":"x"}}]}`:               true,
		`{"nothing":[{"anything-but":"a"}]}`:                        false,
		`{"store":[{"prefix":"exa"}]}`:                              true,
		`{"store":[{"suffix":"corp"}]}`:                             true,
		`{"store":[{"equals-ignore-case":"EXAMPLE_CORP"}]}`:         true,
		`{"store":[{"wildcard":"ex*corp"}]}`:                        true,
		`{"price":[{"numeric":["=",100.5]}]}`:                       true,
		`{"price":[100.5]}`:                                         true,
		`{"n":[1e2]}`:                                               true,
		`{"price":["100.50"]}`:                                      false,
		`{"price":[{"numeric":[">",100,"<=",100.5]}]}`:              true,
		`{"price":[{"numeric":["<",0]}]}`:                           false,
		`{"sports":["rugby"]}`:                                      true,
		`{"sports":["tennis"]}`:                                     false,
		`{"ip":[{"cidr":"10.0.0.0/8"}]}`:                            true,
		`{"nothing":[{"exists":false}]}`:                            true,
		`{"store":[{"exists":false}]}`:                              false,
		`{"store":[{"exists":true}],"on":[true]}`:                   true,
		`{"$or":[{"store":["x"]},{"price":[{"numeric":[">",0]}]}]}`: true,
		`{"$or":[{"store":["x"]},{"price":[{"numeric":["<",0]}]}]}`: false,
	} {
		f, err := CompileFilter([]byte(text), false)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if f.Match(attributes) != want {
			t.Errorf("%s: matches %t", text, !want)
		}
	}
	body, err := Decode([]byte(`{"store":{"name":"corp","staff":[{"n":"a","age":30},{"n":"b","age":50}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{"store":{"name":["corp"]}}`:                                  true,
		`{"store":{"staff":{"n":["b"],"age":[{"numeric":[">",40]}]}}}`: true,
		`{"store":{"staff":{"n":["a"],"age":[{"numeric":[">",40]}]}}}`: false,
		`{"store":{"owner":[{"exists":false}]}}`:                       true,
		`{"store":["corp"]}`:                                           false,
	} {
		f, err := CompileFilter([]byte(text), true)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if f.Match(body) != want {
			t.Errorf("%s: matches %t", text, !want)
		}
	}
}

// TestFilterLaws: what a policy says of one value holds whatever else the message has, and the order of its values does not matter.
func TestFilterLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "ab", "b", "", "A", "ö"})
		wants := rapid.SliceOfN(word, 1, 5).Draw(t, "wants")
		has := word.Draw(t, "has")
		list, _ := json.Marshal(wants)
		f, err := CompileFilter([]byte(`{"k":`+string(list)+`}`), false)
		if err != nil {
			t.Fatal(err)
		}
		not, err := CompileFilter([]byte(`{"k":[{"anything-but":`+string(list)+`}]}`), false)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Contains("\x00"+strings.Join(wants, "\x00")+"\x00", "\x00"+has+"\x00")
		e := Attributes(map[string]any{"k": has, "other": word.Draw(t, "other")})
		if f.Match(e) != found || not.Match(e) == found {
			t.Fatalf("%s of %q: %t, %t", list, has, f.Match(e), not.Match(e))
		}
	})
}

// FuzzFilter: no policy makes a panic, nor does the message that it is asked about.
func FuzzFilter(f *testing.F) {
	f.Add(`{"key":[{"numeric":[">",20,"<",30]}]}`, `{"key":25}`)
	f.Add(`{"$or":[{"a":["b"]},{"c":[{"exists":false}]}]}`, `{"a":["b",{"c":null}]}`)
	f.Add(`{"a":[{"anything-but":{"wildcard":"*a*"}}]}`, `{"a":"b"}`)
	f.Fuzz(func(t *testing.T, policy, message string) {
		for _, body := range []bool{false, true} {
			p, err := CompileFilter([]byte(policy), body)
			if (err == nil) == (p == nil) {
				t.Fatalf("%q: %v and %v", policy, p, err)
			}
			if e, wrong := Decode([]byte(message)); err == nil && wrong == nil {
				p.Match(e)
			}
		}
	})
}
