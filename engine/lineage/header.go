package lineage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Most is how many functions a header names.
const Most = 24

// MaxLength bounds a header that is read.
const MaxLength = 1024

// maxCount bounds a count: what is more says no more.
const maxCount = 32767

// firstEpoch is the depth of a chain at which its counts begin anew for the first time: [Most] functions come to their ends before.
const firstEpoch = 512

// maxDepth bounds the depth of a chain. It is no power of two, or the counts of each run would begin anew.
const maxDepth = 1<<30 - 1

// Counts are believed of chains that have begun within maxAge, by clocks that are at most maxAhead of one another: whoever keeps a header cannot send it for ever.
const (
	maxAge   = 24 * time.Hour
	maxAhead = time.Hour
)

// Header is a trace header.
type Header struct {
	Root    string // "1-5759e988-bd862e3fe1be46a994272793"; "" when there is none that is well formed
	Parent  string // 16 digits
	Sampled string // "0" or "1"

	depth int // how many runs the chain has
	seen  []visits
}

// visits is how often a function has run in the chain.
type visits struct {
	id    string // digits of its account and name
	count int
}

const idDigits = 16

// Sealer makes tokens that nobody else can make. seal.Ring implements it.
type Sealer interface {
	SealToken(purpose string, plaintext []byte) (string, error)
	OpenToken(purpose, token string) ([]byte, error)
}

// purpose is that of the proofs.
const purpose = "lineage"

// Parse reads a header. What it does not understand it leaves out: a header is what a client says, and never an error of the call. Nor does it believe counts
// without their proof: whoever could make them up would keep a function from seeing what he sends.
// A chain that is too old at that time is none: what comes now begins another.
func Parse(text string, s Sealer, now time.Time) *Header {
	h, proof := parse(text)
	if h.Root != "" && !h.current(now) {
		h.Root, h.Sampled = "", ""
	}
	if h.seen == nil {
		h.depth = 0
		return h
	}
	if digest, err := s.OpenToken(purpose, proof); h.Root == "" || err != nil || !bytes.Equal(digest, h.digest()) {
		h.seen, h.depth = nil, 0
	}
	return h
}

// current reports whether the chain has begun lately.
func (h *Header) current(now time.Time) bool {
	seconds, err := strconv.ParseInt(h.begun(), 16, 64)
	age := now.Sub(time.Unix(seconds, 0))
	return err == nil && age <= maxAge && age >= -maxAhead
}

// begun is when the chain has begun, in seconds: 8 hexadecimal digits of its root.
func (h *Header) begun() string {
	_, rest, _ := strings.Cut(h.Root, "-")
	seconds, _, _ := strings.Cut(rest, "-")
	return seconds
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
		if depth, err := strconv.Atoi(item); err == nil {
			h.depth = min(max(h.depth, depth), maxDepth)
			continue
		}
		n, err := strconv.Atoi(count)
		if !isHex(id, idDigits) || err != nil || n < 0 {
			continue
		}
		h.raise(id, min(n, maxCount))
	}
}

// raise makes a count at least n, if there is room for it: the greatest counts stay.
func (h *Header) raise(id string, n int) {
	v := visits{id, n}
	if i := h.index(id); i >= 0 {
		h.seen[i].count = max(h.seen[i].count, n)
	} else if len(h.seen) < Most {
		h.seen = append(h.seen, v)
	} else if i := h.least(); compare(v, h.seen[i]) > 0 {
		h.seen[i] = v
	}
}

func (h *Header) index(id string) int {
	return slices.IndexFunc(h.seen, func(v visits) bool { return v.id == id })
}

// least is the one of the named that makes room for others.
func (h *Header) least() int {
	at := 0
	for i, v := range h.seen {
		if compare(v, h.seen[at]) < 0 {
			at = i
		}
	}
	return at
}

// compare orders by counts. Of equal ones always the same stay, so that some of a long loop are still named when it comes back to them.
func compare(a, b visits) int { return cmp.Or(cmp.Compare(a.count, b.count), cmp.Compare(a.id, b.id)) }

// Count is how often the account's function has run in the chain, as far as the header names it. Nothing follows for those that it does not name, or the owner
// of others could fill headers with them to stop it.
func (h *Header) Count(account, function string) int {
	if i := h.index(idOf(account, function)); i >= 0 {
		return h.seen[i].count
	}
	return 0
}

// Visit counts a run of the account's function. It is named then, whatever its count is.
func (h *Header) Visit(account, function string) {
	h.depth = min(h.depth+1, maxDepth)
	if h.depth >= firstEpoch && bits.OnesCount(uint(h.depth)) == 1 {
		h.seen = nil // functions that the chain came through before a loop leave it no room
	}
	id := idOf(account, function)
	if len(h.seen) == Most && h.index(id) < 0 {
		h.seen[h.least()] = visits{id, 1}
		return
	}
	h.raise(id, min(h.Count(account, function)+1, maxCount))
}

// Join adds what another header of the same batch has counted. The older root stays: counts do not become younger.
func (h *Header) Join(other *Header) {
	if h.Root == "" || other.seen != nil && other.begun() < h.begun() {
		h.Root, h.Sampled = other.Root, other.Sampled
	}
	h.depth = max(h.depth, other.depth)
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

// lineage writes the depth and the counts.
func (h *Header) lineage() string {
	counts := []string{strconv.Itoa(h.depth)}
	for _, v := range slices.SortedFunc(slices.Values(h.seen), func(a, b visits) int { return cmp.Compare(a.id, b.id) }) {
		counts = append(counts, v.id+":"+strconv.Itoa(v.count))
	}
	return "Lineage=" + strings.Join(counts, "|")
}

// idOf stands for a function. It is long enough that nobody finds another name with the same.
func idOf(account, function string) string {
	sum := sha256.Sum256([]byte(account + "/" + function))
	return hex.EncodeToString(sum[:idDigits/2])
}

func isRoot(s string) bool {
	p := strings.Split(s, "-")
	return len(p) == 3 && p[0] == "1" && isHex(p[1], 8) && isHex(p[2], 24)
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
