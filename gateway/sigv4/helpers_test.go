package sigv4

import (
	"slices"
	"strings"
)

func sorted(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(names, ";")
}
