package wire

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// text draws strings that every protocol can carry: XML 1.0 has no control characters.
func text(t *rapid.T, name string) string {
	return rapid.StringMatching(`[ -~äöü€😹\n\t"&<>']{0,12}`).Draw(t, name)
}

func maybe[T any](t *rapid.T, name string, draw func() T) *T {
	if !rapid.Bool().Draw(t, name+"?") {
		return nil
	}
	v := draw()
	return &v
}

// drawKitchen draws a value of all kinds, at most depth deep.
func drawKitchen(t *rapid.T, depth int) kitchen {
	moment := func(step time.Duration) func() time.Time {
		return func() time.Time {
			return time.Unix(0, rapid.Int64Range(0, 4e18).Draw(t, "ns")).Truncate(step).UTC()
		}
	}
	k := kitchen{
		Name:  maybe(t, "name", func() string { return text(t, "name") }),
		On:    maybe(t, "on", func() bool { return rapid.Bool().Draw(t, "on") }),
		Count: maybe(t, "count", func() int64 { return int64(rapid.Int32().Draw(t, "count")) }),
		Big:   maybe(t, "big", func() int64 { return rapid.Int64().Draw(t, "big") }),
		Ratio: maybe(t, "ratio", func() float64 { return rapid.Float64().Draw(t, "ratio") }),
		Small: maybe(t, "small", func() float64 { return float64(rapid.Float32().Draw(t, "small")) }),
		When:  maybe(t, "when", moment(time.Millisecond)),
		Day:   maybe(t, "day", moment(time.Millisecond)),
		Stamp: maybe(t, "stamp", moment(time.Second)),
		Color: maybe(t, "color", func() string { return text(t, "color") }),
	}
	if rapid.Bool().Draw(t, "blob?") {
		k.Blob = rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "blob")
	}
	if rapid.Bool().Draw(t, "words?") {
		k.Words = []string{}
		for range rapid.IntRange(0, 12).Draw(t, "words") {
			k.Words = append(k.Words, text(t, "word"))
		}
	}
	if n := rapid.IntRange(0, 12).Draw(t, "flat"); n > 0 { // a flattened list cannot be empty on the wire of XML
		k.Flat = rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "flat")
	}
	if rapid.Bool().Draw(t, "map?") {
		k.Map = map[string]string{}
		for range rapid.IntRange(0, 3).Draw(t, "map") {
			k.Map[strings.TrimSpace(text(t, "key"))] = text(t, "value")
		}
	}
	if depth > 0 {
		k.Tags = []tag{}
		for range rapid.IntRange(0, 11).Draw(t, "tags") {
			k.Tags = append(k.Tags, tag{Key: ptr(text(t, "key")), Value: ptr(text(t, "value"))})
		}
		k.Matrix = [][]string{{text(t, "cell")}, {text(t, "cell"), text(t, "cell")}}
		k.Self = maybe(t, "self", func() kitchen { return drawKitchen(t, depth-1) })
		k.Nested = map[string]kitchen{"inside": drawKitchen(t, depth-1)}
		k.Choice = maybe(t, "choice", func() choice { return choice{Text: ptr(text(t, "text"))} })
	}
	return k
}

// same compares kitchens; a nil and an empty map of an absent member differ.
func same(a, b *kitchen) string { return cmp.Diff(a, b, cmpopts.EquateNaNs()) }

// TestRoundTrip is the law that what is written reads back as the same value, in every protocol whose answers and requests have one form.
func TestRoundTrip(t *testing.T) {
	for _, p := range []Protocol{AWSJSON11, RESTJSON1, RESTXML, RPCv2CBOR} {
		op := cook(p)
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := drawKitchen(t, 2)
				body, err := AppendBody(nil, p, op, &want, "id")
				if err != nil {
					t.Fatal(err)
				}
				got, err := Decode(p, op, &Request{Method: "POST", Body: body})
				if err != nil {
					t.Fatalf("%v\n%s", err, body)
				}
				if d := same(&want, got.(*kitchen)); d != "" {
					t.Fatalf("%s\n%s", d, body)
				}
			})
		})
	}
}

// TestQueryRoundTrip is the same for parameters, which only clients write: formOf does what a client does.
func TestQueryRoundTrip(t *testing.T) {
	for _, p := range []Protocol{AWSQuery, EC2Query} {
		op := cook(p)
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := drawKitchen(t, 1)
				if p == EC2Query {
					want = ec2Kitchen(want)
				}
				form := url.Values{"Action": {"Cook"}}
				formOf(form, "", reflect.ValueOf(&want).Elem(), &node{kind: kindStruct, plan: op.Service.plan(op.Input)}, p == EC2Query, p == EC2Query)
				got, err := Decode(p, op, &Request{Method: "POST", Body: []byte(form.Encode())})
				if err != nil {
					t.Fatalf("%v\n%s", err, form.Encode())
				}
				if d := same(&want, got.(*kitchen)); d != "" {
					t.Fatalf("%s\n%s", d, form.Encode())
				}
			})
		})
	}
}

// ec2Kitchen leaves out what ec2Query cannot send: maps, and empty lists.
func ec2Kitchen(k kitchen) kitchen {
	k.Map, k.Nested, k.FlatMap = nil, nil, nil
	if len(k.Words) == 0 {
		k.Words = nil
	}
	if len(k.Tags) == 0 {
		k.Tags = nil
	}
	if k.Self != nil {
		k.Self = ptr(ec2Kitchen(*k.Self))
	}
	return k
}

// formOf writes a value as parameters below prefix.
func formOf(form url.Values, prefix string, v reflect.Value, n *node, ec2, flat bool) {
	v = n.deref(v)
	switch n.kind {
	case kindStruct:
		empty := true
		for i := range n.plan.fields {
			f := &n.plan.fields[i]
			fv := v.Field(f.index)
			if f.absent(fv) {
				continue
			}
			empty = false
			name := f.xml
			if ec2 {
				name = f.ec2
			}
			formOf(form, prefix+name+".", fv, &f.node, ec2, f.flat || ec2)
		}
		if empty && prefix != "" {
			form.Set(strings.TrimSuffix(prefix, "."), "")
		}
	case kindList:
		if v.Len() == 0 {
			form.Set(strings.TrimSuffix(prefix, "."), "")
		}
		if !flat {
			prefix += or(n.item, "member") + "."
		}
		for i := range v.Len() {
			formOf(form, prefix+strconv.Itoa(i+1)+".", v.Index(i), n.elem, ec2, ec2)
		}
	case kindMap:
		if v.Len() == 0 {
			form.Set(strings.TrimSuffix(prefix, "."), "")
		}
		if !flat {
			prefix += "entry."
		}
		for i, key := range sortedKeys(v) {
			at := prefix + strconv.Itoa(i+1) + "."
			form.Set(at+or(n.keyName, "key"), key.String())
			formOf(form, at+or(n.item, "value")+".", v.MapIndex(key), n.elem, ec2, false)
		}
	default:
		form.Set(strings.TrimSuffix(prefix, "."), string(appendText(nil, v, n, formatDateTime)))
	}
}

// TestPairsSort is the law that sorted parameters keep everything below a prefix together.
func TestPairsSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringMatching(`[ab-](\.[ab1-]){0,3}`), 0, 20).Draw(t, "keys")
		var pairs []pair
		for _, k := range keys {
			pairs = append(pairs, pair{key: k})
		}
		byPath(pairs)
		closed := map[string]bool{}
		last := ""
		for _, p := range pairs {
			first, _ := segment(p.key, 0)
			if closed[first] {
				t.Fatalf("%q comes back in %v", first, pairs)
			}
			if last != "" && last != first {
				closed[last] = true
			}
			last = first
		}
	})
}
