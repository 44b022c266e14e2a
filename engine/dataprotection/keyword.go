package dataprotection

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nearness is how many characters there are between a keyword and the data at most. User Guide: "CloudWatch Logs managed data identifiers for sensitive data types".
const nearness = 30

// owners is a set of identifiers, by their numbers in a detector.
type owners [4]uint64

func (o *owners) add(id int)      { o[id/64] |= 1 << (id % 64) }
func (o *owners) has(id int) bool { return o[id/64]&(1<<(id%64)) != 0 }

// keywords finds all keywords in one pass (Aho and Corasick's automaton). Letters count without case; a blank, a hyphen and an underscore are the same.
type keywords struct {
	classes [256]uint8
	width   int
	next    []int32
	outputs [][]int // by state: keywords that end there
	lengths []int
	owners  []owners
	longest int // bytes
}

// hit is a keyword in a text.
type hit struct{ start, end, keyword int }

// compileKeywords is nil when no identifier needs any.
func compileKeywords(specs []*spec) *keywords {
	k := &keywords{}
	known := map[string]int{}
	var words []string
	for id, s := range specs {
		for _, w := range s.keywords {
			for _, v := range variants(w) {
				n, ok := known[v]
				if !ok {
					n = len(words)
					known[v] = n
					words = append(words, v)
					k.lengths, k.owners = append(k.lengths, len(v)), append(k.owners, owners{})
					k.longest = max(k.longest, len(v))
				}
				k.owners[n].add(id)
			}
		}
	}
	if len(words) == 0 {
		return nil
	}
	k.build(words)
	return k
}

// plain takes accents off, as people do who write without them.
var plain = strings.NewReplacer("á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "ï", "i", "ó", "o", "ô", "o", "õ", "o", "ö", "o",
	"ø", "o", "ú", "u", "ü", "u", "ç", "c", "č", "c", "ñ", "n", "ř", "r", "š", "s", "ž", "z", "ý", "y", "ů", "u", "ě", "e", "ő", "o", "ű", "u", "’", "'")

// variants are the ways to write a keyword: with its blanks as any of blank, hyphen and underscore, without them, and without accents.
func variants(w string) []string {
	w = strings.NewReplacer("-", " ", "_", " ", "–", " ").Replace(strings.ToLower(w))
	w = strings.Join(strings.Fields(w), " ")
	out := []string{w}
	for _, v := range []string{strings.ReplaceAll(w, " ", ""), plain.Replace(w), strings.ReplaceAll(plain.Replace(w), " ", "")} {
		if v != out[0] && (len(out) < 2 || v != out[1]) && (len(out) < 3 || v != out[2]) {
			out = append(out, v)
		}
	}
	return out
}

func (k *keywords) build(words []string) {
	k.width = 1 // class 0 is all that is in no keyword
	for _, w := range words {
		for _, b := range []byte(w) {
			if k.classes[b] == 0 {
				k.classes[b] = uint8(k.width)
				k.width++
			}
		}
	}
	k.classes['-'], k.classes['_'] = k.classes[' '], k.classes[' ']
	for b := 'a'; b <= 'z'; b++ {
		k.classes[b-'a'+'A'] = k.classes[b]
	}
	k.state()
	for n, w := range words {
		s := 0
		for _, b := range []byte(w) {
			at := s*k.width + int(k.classes[b])
			if k.next[at] == 0 {
				k.next[at] = int32(k.state())
			}
			s = int(k.next[at])
		}
		k.outputs[s] = append(k.outputs[s], n)
	}
	k.link()
}

func (k *keywords) state() int {
	k.next = append(k.next, make([]int32, k.width)...)
	k.outputs = append(k.outputs, nil)
	return len(k.outputs) - 1
}

// link completes the trie: where it has no way on, the way is that of the longest end that begins a keyword.
func (k *keywords) link() {
	fail := make([]int32, len(k.outputs))
	var queue []int32
	for c := range k.width {
		if s := k.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		k.outputs[s] = append(k.outputs[s], k.outputs[fail[s]]...)
		for c := range k.width {
			at := int(s)*k.width + c
			other := k.next[int(fail[s])*k.width+c]
			if to := k.next[at]; to != 0 {
				fail[to] = other
				queue = append(queue, to)
			} else {
				k.next[at] = other
			}
		}
	}
}

// find returns the keywords in a text, in the order of their ends.
func (k *keywords) find(text string) []hit {
	var out []hit
	s := int32(0)
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			s = k.next[int(s)*k.width+int(k.classes[b])]
			i++
		} else {
			r, size := utf8.DecodeRuneInString(text[i:])
			lower := unicode.ToLower(r)
			if utf8.RuneLen(lower) != size {
				lower = r
			}
			var buf [utf8.UTFMax]byte
			for _, b := range buf[:utf8.EncodeRune(buf[:], lower)] {
				s = k.next[int(s)*k.width+int(k.classes[b])]
			}
			i += size
		}
		for _, n := range k.outputs[s] {
			if start := i - k.lengths[n]; start >= 0 && apart(text, start, i) {
				out = append(out, hit{start, i, n})
			}
		}
	}
	return out
}

// apart reports whether a keyword is a word of its own, or one of several in camelCase.
func apart(text string, start, end int) bool {
	first, _ := utf8.DecodeRuneInString(text[start:end])
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	if start > 0 && unicode.IsLetter(first) && (unicode.IsLetter(before) || unicode.IsDigit(before)) && !(unicode.IsUpper(first) && unicode.IsLower(before)) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(text[start:end])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return end == len(text) || !unicode.IsLetter(last) || !unicode.IsLetter(after) || unicode.IsLower(last) && unicode.IsUpper(after)
}

// near reports whether a keyword of the identifier is near.
func (r *run) near(id, start, end int) bool {
	k := r.keywords
	if !r.read {
		r.read, r.hits = true, k.find(r.text)
	}
	from := start - nearness*utf8.UTFMax
	i := sort.Search(len(r.hits), func(i int) bool { return r.hits[i].end >= from })
	for ; i < len(r.hits) && r.hits[i].end <= end+nearness*utf8.UTFMax+k.longest; i++ {
		h := &r.hits[i]
		if !k.owners[h.keyword].has(id) {
			continue
		}
		switch {
		case h.end <= start && utf8.RuneCountInString(r.text[h.end:start]) <= nearness,
			h.start >= end && utf8.RuneCountInString(r.text[end:h.start]) <= nearness:
			return true
		}
	}
	return false
}
