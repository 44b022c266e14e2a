package lineage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
	id    string // digits of its account, then its own
	count int
}

const (
	accountDigits = 8
	idDigits      = 2 * accountDigits
)

// Sealer makes tokens that nobody else can make. seal.Ring implements it.
type Sealer interface {
	SealToken(purpose string, plaintext []byte) (string, error)
	OpenToken(purpose, token string) ([]byte, error)
}

// purpose is that of the proofs.
const purpose = "lineage"

// Parse reads a header. What it does not understand it leaves out: a header is what a client says, and never an error of the call. Nor does it believe counts
// without their proof: whoever could make them up would keep a function from seeing what he sends.
func Parse(text string, s Sealer) *Header {
	h, proof := parse(text)
	if h.seen == nil {
		return h
	}
	if digest, err := s.OpenToken(purpose, proof); err != nil || !bytes.Equal(digest, h.digest()) {
		h.seen = nil
	}
	return h
}

// Write writes the header, with the proof of its counts.
func (h *Header) Write(s Sealer) (string, error) {
	if h.seen == nil {
		return h.String(), nil
	}
	proof, err := s.SealToken(purpose, h.digest())
	if err != nil {
		return "", fmt.Errorf("prove a lineage: %w", err)
	}
	return h.String() + ";Proof=" + proof, nil
}

// digest is of what a proof vouches for: SDKs may change the rest on the way.
func (h *Header) digest() []byte {
	sum := sha256.Sum256([]byte(h.Root + ";" + h.lineage()))
	return sum[:]
}

func parse(text string) (h *Header, proof string) {
	h = &Header{}
	if len(text) > MaxLength {
		return h, ""
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
		case "proof":
			proof = value
		}
	}
	return h, proof
}

// read reads the counts. SDKs write the bar between them as %7C.
func (h *Header) read(text string) {
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '|' || r == ',' }) {
		id, count, _ := strings.Cut(item, ":")
		n, err := strconv.Atoi(count)
		if !isHex(id, idDigits) || err != nil || n < 0 {
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
	n = max(n, h.unnamed(id))
	h.seen[h.least()] = visits{id, n}
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

// unnamed is how often a function that the header does not name has run in the chain, at most: it may be the one that made room for others. The functions of
// other accounts say nothing of it, or their owners could fill headers with them to stop it.
func (h *Header) unnamed(id string) int {
	if len(h.seen) < Most || slices.ContainsFunc(h.seen, func(v visits) bool { return v.id[:accountDigits] != id[:accountDigits] }) {
		return 0
	}
	return h.seen[h.least()].count
}

// Count is how often the account's function has run in the chain, at most.
func (h *Header) Count(account, function string) int {
	id := idOf(account, function)
	for _, v := range h.seen {
		if v.id == id {
			return v.count
		}
	}
	return h.unnamed(id)
}

// Visit counts a run of the account's function.
func (h *Header) Visit(account, function string) {
	h.raise(idOf(account, function), min(h.Count(account, function)+1, maxCount))
}

// Join adds what another header of the same batch has counted.
func (h *Header) Join(other *Header) {
	if h.Root == "" {
		h.Root, h.Sampled = other.Root, other.Sampled
	}
	for _, v := range other.seen {
		h.raise(v.id, v.count)
	}
}

// String writes the header without a proof.
func (h *Header) String() string {
	var parts []string
	for _, p := range [][2]string{{"Root", h.Root}, {"Parent", h.Parent}, {"Sampled", h.Sampled}} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	if h.seen != nil {
		parts = append(parts, h.lineage())
	}
	return strings.Join(parts, ";")
}

// lineage writes the counts.
func (h *Header) lineage() string {
	var counts []string
	for _, v := range slices.SortedFunc(slices.Values(h.seen), func(a, b visits) int { return cmp.Compare(a.id, b.id) }) {
		counts = append(counts, v.id+":"+strconv.Itoa(v.count))
	}
	return "Lineage=" + strings.Join(counts, "|")
}

// idOf stands for a function.
func idOf(account, function string) string { return digits(account) + digits(function) }

func digits(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:accountDigits/2])
}

func isRoot(s string) bool {
	p := strings.Split(s, "-")
	return len(p) == 3 && p[0] == "1" && isHex(p[1], 8) && isHex(p[2], 24)
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
