package lineage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Most is how many functions a header names.
const Most = 24

// MaxLength bounds a header that is read.
const MaxLength = 1024

// maxCount bounds a count: what is more says no more.
const maxCount = 32767

// Header is a trace header.
type Header struct {
	Root    string // "1-5759e988-bd862e3fe1be46a994272793"; "" when there is none that is well formed
	Parent  string // 16 digits
	Sampled string // "0" or "1"

	seen []visits
}

// visits is how often a function has run in the chain.
type visits struct {
	id    string // 8 digits
	count int
}

// Parse reads a header. What it does not understand it leaves out: a header is what a client says, and never an error of the call.
func Parse(text string) *Header {
	h := &Header{}
	if len(text) > MaxLength {
		return h
	}
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.ToLower(key) {
		case "root":
			if isRoot(value) {
				h.Root = value
			}
		case "parent":
			if isHex(value, 16) {
				h.Parent = value
			}
		case "sampled":
			if value == "0" || value == "1" {
				h.Sampled = value
			}
		case "lineage":
			h.read(value)
		}
	}
	return h
}

// read reads the counts. SDKs write the bar between them as %7C.
func (h *Header) read(text string) {
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '|' || r == ',' }) {
		id, count, _ := strings.Cut(item, ":")
		n, err := strconv.Atoi(count)
		if !isHex(id, 8) || err != nil || n < 0 {
			continue
		}
		h.raise(id, min(n, maxCount))
	}
}

// raise makes a count at least n.
func (h *Header) raise(id string, n int) {
	if i := slices.IndexFunc(h.seen, func(v visits) bool { return v.id == id }); i >= 0 {
		h.seen[i].count = max(h.seen[i].count, n)
		return
	}
	if len(h.seen) < Most {
		h.seen = append(h.seen, visits{id, n})
		return
	}
	i := h.least()
	h.seen[i] = visits{id, max(h.seen[i].count, n)}
}

func (h *Header) least() int {
	at := 0
	for i, v := range h.seen {
		if v.count < h.seen[at].count {
			at = i
		}
	}
	return at
}

// Count is how often the function has run in the chain, at most: one that a full header does not name may be the one that made room for others.
func (h *Header) Count(function string) int {
	id := idOf(function)
	for _, v := range h.seen {
		if v.id == id {
			return v.count
		}
	}
	if len(h.seen) < Most {
		return 0
	}
	return h.seen[h.least()].count
}

// Visit counts a run of the function.
func (h *Header) Visit(function string) { h.raise(idOf(function), min(h.Count(function)+1, maxCount)) }

// Join adds what another header of the same batch has counted.
func (h *Header) Join(other *Header) {
	if h.Root == "" {
		h.Root, h.Sampled = other.Root, other.Sampled
	}
	for _, v := range other.seen {
		h.raise(v.id, v.count)
	}
}

// String writes the header.
func (h *Header) String() string {
	var parts []string
	for _, p := range [][2]string{{"Root", h.Root}, {"Parent", h.Parent}, {"Sampled", h.Sampled}} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	var counts []string
	for _, v := range slices.SortedFunc(slices.Values(h.seen), func(a, b visits) int { return cmp.Compare(a.id, b.id) }) {
		counts = append(counts, v.id+":"+strconv.Itoa(v.count))
	}
	if counts != nil {
		parts = append(parts, "Lineage="+strings.Join(counts, "|"))
	}
	return strings.Join(parts, ";")
}

// idOf stands for a function.
func idOf(function string) string {
	sum := sha256.Sum256([]byte(function))
	return hex.EncodeToString(sum[:4])
}

func isRoot(s string) bool {
	p := strings.Split(s, "-")
	return len(p) == 3 && p[0] == "1" && isHex(p[1], 8) && isHex(p[2], 24)
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
