package logquery

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Record is a log event.
type Record struct {
	Time     int64 // milliseconds
	Ingested int64
	Message  string
	Stream   string
	Log      string // account:group
	Pointer  string // @ptr
	Region   string

	Transformed string // JSON that a transformer has made of the message; fields are looked for in it first
	Failed      string // why the transformer could not
	Bare        string // the message with what is masked in Message; "" where nothing is, or the query does not unmask
	Earlier     bool   // of the period that diff compares with
}

// row is on its way through the commands.
type row struct {
	rec *Record          // nil behind stats
	set map[string]value // by commands

	aliases []string // of the row in joins: name.field is its field

	looked bool // into the message
	doc    any  // the JSON in it
	made   any  // by a transformer
	lambda map[string]value
}

// get is the value of a field.
func (r *row) get(name string) value {
	if v, ok := r.set[name]; ok {
		return v
	}
	if r.rec != nil {
		if v := r.known(name); v != nil {
			return v
		}
	}
	// A part of what a command has set: json_message.status
	for i := len(name) - 2; i > 0; i-- {
		if name[i] == '.' {
			if slices.Contains(r.aliases, name[:i]) {
				return r.get(name[i+1:])
			}
			if v, ok := r.set[name[:i]]; ok {
				if other, ok := v.(*row); ok { // of a join
					return other.get(name[i+1:])
				}
				return ofJSON(part(v, name[i+1:]))
			}
		}
	}
	return nil
}

func (r *row) known(name string) value {
	if name[0] == '@' {
		switch name {
		case "@message":
			return r.rec.Message
		case "@timestamp":
			return moment(r.rec.Time)
		case "@ingestionTime":
			return moment(r.rec.Ingested)
		case "@logStream":
			return r.rec.Stream
		case "@log":
			return r.rec.Log
		case "@ptr":
			return r.rec.Pointer
		case "@aws.region":
			return present(r.rec.Region)
		case "@aws.account":
			account, _, _ := strings.Cut(r.rec.Log, ":")
			return present(account)
		case "@transformationError":
			return present(r.rec.Failed)
		}
	}
	r.look()
	if r.made != nil {
		if v := ofJSON(part(r.made, name)); v != nil {
			return v
		}
	}
	if v, ok := r.lambda[name]; ok {
		return v
	}
	if r.doc == nil {
		return nil
	}
	return ofJSON(part(r.doc, name))
}

func present(s string) value {
	if s == "" {
		return nil
	}
	return s
}

// look discovers fields in the message: those of JSON, and those of Lambda's lines; and those that a transformer has made of it.
func (r *row) look() {
	if r.looked {
		return
	}
	r.looked = true
	if r.rec.Transformed != "" {
		r.made = decoded(r.rec.Transformed)
	}
	m := strings.TrimLeft(r.rec.Message, " \t\r\n")
	if m == "" {
		return
	}
	if m[0] != '{' && m[0] != '[' {
		r.lambda = lambdaFields(r.rec.Message)
		start := strings.IndexByte(m, '{')
		if r.lambda == nil || start < 0 {
			return
		}
		m = m[start:] // the first JSON in a line of a function
	}
	r.doc = decoded(m)
}

// decoded is the first JSON value of a text, nil when it is none.
func decoded(text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// part is what lies at a dotted path in a JSON value; names may have dots themselves.
func part(v any, path string) any {
	switch v := v.(type) {
	case map[string]any:
		if x, ok := v[path]; ok {
			return x
		}
		for i := 0; i < len(path); i++ {
			if path[i] != '.' {
				continue
			}
			if x, ok := v[path[:i]]; ok {
				if found := part(x, path[i+1:]); found != nil {
					return found
				}
			}
		}
	case []any:
		index, rest, more := strings.Cut(path, ".")
		n, err := strconv.ParseUint(index, 10, 31)
		if err != nil || int(n) >= len(v) {
			return nil
		}
		if !more {
			return v[n]
		}
		return part(v[n], rest)
	}
	return nil
}

// put sets a field.
func (r *row) put(name string, v value) {
	if r.set == nil {
		r.set = map[string]value{}
	}
	r.set[name] = v
}

func (r *row) weight() int {
	n := 128
	if r.rec != nil {
		n += len(r.rec.Message) + len(r.rec.Bare) + len(r.rec.Transformed) + len(r.rec.Stream) + len(r.rec.Log) + len(r.rec.Pointer)
	}
	for k, v := range r.set {
		n += len(k) + weigh(v)
	}
	return n
}

// keep makes a row one that is held: it drops what can be discovered again, and lets go of what was read with it.
func (r *row) keep() {
	r.looked, r.doc, r.made, r.lambda = false, nil, nil, nil
	if r.rec != nil {
		rec := *r.rec
		rec.Message, rec.Transformed, rec.Failed = strings.Clone(rec.Message), strings.Clone(rec.Transformed), strings.Clone(rec.Failed)
		rec.Bare = strings.Clone(rec.Bare)
		r.rec = &rec
	}
	for k, v := range r.set {
		r.set[k] = held(v)
	}
}

// Discover lists the fields that can be discovered in an event, at most so many, with their values.
func Discover(rec *Record, most int) map[string]string {
	r := row{rec: rec}
	r.look()
	out := map[string]string{}
	discover(out, "", r.made, most)
	for name, v := range r.lambda {
		out[name] = textOf(v)
	}
	discover(out, "", r.doc, most)
	return out
}

func discover(out map[string]string, prefix string, v any, most int) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			discover(out, join(prefix, k), x, most)
		}
	case []any:
		for i, x := range v {
			if len(out) >= most {
				return
			}
			discover(out, join(prefix, strconv.Itoa(i)), x, most)
		}
	case nil:
	default:
		if _, known := out[prefix]; !known && len(out) < most && prefix != "" {
			out[prefix] = textOf(ofJSON(v))
		}
	}
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}
