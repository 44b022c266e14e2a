package policy

import (
	"iter"
	"slices"
)

// Context holds the condition keys of a request. Keys are compared without regard to case, tag keys inside them too. A key set by
// Set holds one value; a key set by SetMulti holds a set, even of one or none. The zero Context is empty and ready to use; copies
// made by assignment must not both be written to (see Clone).
type Context struct {
	entries []entry
	places  [64]uint8 // by hash, with linear probing: index in entries plus one; the first maxPlaces entries only
}

// maxPlaces keeps a third of the places empty, so that a search for an absent key ends soon.
const maxPlaces = 42

type entry struct {
	hash   uint32
	multi  bool
	either bool // many are single values of keys that differ in case
	key    string
	one    string
	many   []string
	lazy   func() (string, bool)
	set    func() []string
}

// plain says that the entry is a single value that is known.
func (e *entry) plain() bool { return !e.multi && e.lazy == nil }

// value is what a key holds in one request.
type value struct {
	multi  bool
	either bool
	one    string
	many   []string
}

// Set gives key the single value v, in place of what it held.
func (c *Context) Set(key, v string) { c.put(entry{key: key, one: v}) }

// SetSpelled is Set for a key whose spelling a client has chosen, such as a tag's. Where the context holds the key in another spelling, both values stay: a
// statement then denies if its condition holds for one of them, and allows only if it holds for all. Whoever may add the tag "Env" beside "env" gets past
// nothing. Other operators, and variables, see a set. IAM User Guide: "Controlling access to AWS resources using tags".
func (c *Context) SetSpelled(key, v string) {
	i := c.find(hashKey(key), key)
	if i < 0 || c.entries[i].key == key {
		c.Set(key, v)
		return
	}
	e := &c.entries[i]
	values := []string{e.one}
	if e.multi {
		values = slices.Clone(e.many)
	}
	*e = entry{hash: e.hash, key: e.key, multi: true, either: true, many: append(values, v)}
}

// SetMulti gives key a set of values, in place of what it held. An empty set counts as absent to Null and to most operators.
func (c *Context) SetMulti(key string, values []string) {
	c.put(entry{key: key, multi: true, many: values})
}

// SetFunc gives key a single value that is worked out when a policy asks, perhaps more than once; ok false means that the key is absent.
func (c *Context) SetFunc(key string, f func() (v string, ok bool)) { c.put(entry{key: key, lazy: f}) }

// SetMultiFunc gives key a set of values that is worked out when a policy asks, perhaps more than once.
func (c *Context) SetMultiFunc(key string, f func() []string) {
	c.put(entry{key: key, multi: true, set: f})
}

// Delete removes key.
func (c *Context) Delete(key string) {
	i := c.find(hashKey(key), key)
	if i < 0 {
		return
	}
	c.entries = slices.Delete(c.entries, i, i+1)
	c.places = [64]uint8{}
	for i := range min(len(c.entries), maxPlaces) {
		c.place(i)
	}
}

// Get returns the values of key, whether they are a set, and whether the key is present.
func (c *Context) Get(key string) (values []string, multi, ok bool) {
	v, ok := c.lookup(hashKey(key), key)
	switch {
	case !ok:
		return nil, false, false
	case v.multi:
		return slices.Clone(v.many), true, true
	}
	return []string{v.one}, false, true
}

// Keys returns the names of all keys as they were set, in that order.
func (c *Context) Keys() []string {
	out := make([]string, len(c.entries))
	for i := range c.entries {
		out[i] = c.entries[i].key
	}
	return out
}

// Values are what one key holds: One, or Many when it is a set.
type Values struct {
	One   string
	Many  []string
	Multi bool
}

// All iterates over the keys, in the order in which they were set, with what they hold. Sets must not be changed.
func (c *Context) All() iter.Seq2[string, Values] {
	return func(yield func(string, Values) bool) {
		for i := range c.entries {
			e := &c.entries[i]
			if v, ok := c.lookup(e.hash, e.key); ok && !yield(e.key, Values{v.one, v.many, v.multi}) {
				return
			}
		}
	}
}

// Clone returns a copy that can be changed apart from c.
func (c *Context) Clone() Context {
	out := make([]entry, len(c.entries), len(c.entries)+8)
	copy(out, c.entries)
	return Context{out, c.places}
}

func (c *Context) put(e entry) {
	e.hash = hashKey(e.key)
	if i := c.find(e.hash, e.key); i >= 0 {
		c.entries[i] = e
		return
	}
	if c.entries == nil {
		c.entries = make([]entry, 0, 24)
	}
	c.entries = append(c.entries, e)
	if n := len(c.entries); n <= maxPlaces {
		c.place(n - 1)
	}
}

// place notes where the entry is.
func (c *Context) place(i int) {
	at := c.entries[i].hash % 64
	for c.places[at] != 0 {
		at = (at + 1) % 64
	}
	c.places[at] = uint8(i + 1)
}

func (c *Context) find(hash uint32, key string) int {
	for at := hash % 64; c.places[at] != 0; at = (at + 1) % 64 {
		i := int(c.places[at] - 1)
		if e := &c.entries[i]; e.hash == hash && equalFold(e.key, key) {
			return i
		}
	}
	for i := maxPlaces; i < len(c.entries); i++ {
		if e := &c.entries[i]; e.hash == hash && equalFold(e.key, key) {
			return i
		}
	}
	return -1
}

func (c *Context) lookup(hash uint32, key string) (value, bool) {
	i := c.find(hash, key)
	if i < 0 {
		return value{}, false
	}
	e := &c.entries[i]
	switch {
	case e.lazy != nil:
		v, ok := e.lazy()
		return value{one: v}, ok
	case e.set != nil:
		return value{multi: true, many: e.set()}, true
	}
	return value{multi: e.multi, either: e.either, one: e.one, many: e.many}, true
}

// hashKey is FNV-1a over the key in lower case.
func hashKey(key string) uint32 {
	h := uint32(2166136261)
	for i := range len(key) {
		h = (h ^ uint32(lower(key[i]))) * 16777619
	}
	return h
}

// equalFold compares without regard to the case of ASCII letters.
func equalFold(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
