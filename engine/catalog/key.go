package catalog

import (
	"slices"
	"strings"
)

// GlobalKeys returns the condition keys that hold for every service, and those of single services that requests to others carry too,
// in the order of their names. The list is the catalogue's own.
func (c *Catalog) GlobalKeys() []Key { return c.globals }

// GlobalKey finds a global condition key as a policy writes it: in any case, with a tag's name where the table has a placeholder.
func (c *Catalog) GlobalKey(name string) (Key, bool) { return findKey(c.globals, name) }

// Key finds a condition key of the service as a policy writes it.
func (s *Service) Key(name string) (Key, bool) { return findKey(s.Keys, name) }

// Key finds a condition key as a policy writes it, among the global ones and among those of the service that its prefix names.
func (c *Catalog) Key(name string) (Key, bool) {
	if k, ok := c.GlobalKey(name); ok {
		return k, true
	}
	prefix, _, _ := strings.Cut(name, ":")
	s, ok := c.Service(prefix)
	if !ok {
		return Key{}, false
	}
	return s.Key(name)
}

func findKey(list []Key, name string) (Key, bool) {
	if i, ok := slices.BinarySearchFunc(list, name, func(k Key, n string) int { return compareFold(k.Name, n) }); ok {
		return list[i], true
	}
	for _, k := range list {
		if k.Matches(name) {
			return k, true
		}
	}
	return Key{}, false
}

// Matches reports whether a policy that writes name means this key.
func (k Key) Matches(name string) bool { return MatchesKey(k.Name, name) }

// MatchesKey reports whether name, as a policy writes it, is the condition key of that name in the table: equal without regard to case,
// where a placeholder stands for one character and more.
func MatchesKey(key, name string) bool {
	head, tail, ok := cutPlaceholder(key)
	if !ok {
		return compareFold(key, name) == 0
	}
	if len(name) <= len(head) || compareFold(name[:len(head)], head) != 0 {
		return false
	}
	if tail == "" {
		return true
	}
	for i := len(head) + 1; i <= len(name); i++ {
		if MatchesKey(tail, name[i:]) {
			return true
		}
	}
	return false
}

// cutPlaceholder cuts at the first placeholder, which is written ${TagKey}, or <key> by some services.
func cutPlaceholder(key string) (head, tail string, ok bool) {
	i := strings.IndexAny(key, "$<")
	if i < 0 {
		return key, "", false
	}
	end := strings.IndexAny(key[i:], "}>")
	if end < 0 {
		return key, "", false
	}
	return key[:i], key[i+end+1:], true
}

// Multivalued reports whether requests carry several values of the key.
func (k Key) Multivalued() bool { return strings.HasPrefix(k.Type, "ArrayOf") }

// ValueType is the type of one value.
func (k Key) ValueType() string { return strings.TrimPrefix(k.Type, "ArrayOf") }
