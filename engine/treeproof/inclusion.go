package treeproof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Inclusion proves that a record is an entry of the log. It is complete in itself: with the verifier key nothing else is needed. C2SP: "tlog-proof".
type Inclusion struct {
	Record []byte // the CloudTrail record
	Index  int64  // of the entry, from 0
	Path   []tlog.Hash
	Head   []byte // signed
}

// inclusionTitle is the first line of a proof.
const inclusionTitle = "c2sp.org/tlog-proof@v1\n"

// MaxProof bounds the text of a proof in bytes: a record and its base64 form.
const MaxProof = 8 << 20

// Leaf is the hash of a record in the tree.
func Leaf(record []byte) tlog.Hash { return tlog.RecordHash(record) }

// Text writes the proof.
func (p *Inclusion) Text() []byte {
	b := make([]byte, 0, len(inclusionTitle)+len(p.Record)*4/3+48*len(p.Path)+len(p.Head)+64)
	b = append(b, inclusionTitle...)
	b = append(b, "extra "...)
	b = base64.StdEncoding.AppendEncode(b, p.Record)
	b = append(b, "\nindex "...)
	b = strconv.AppendInt(b, p.Index, 10)
	b = appendPath(append(b, '\n'), p.Path)
	return append(b, p.Head...)
}

// IsInclusion reports whether the text begins like one of [Inclusion.Text].
func IsInclusion(text []byte) bool { return strings.HasPrefix(string(text), inclusionTitle) }

// ParseInclusion reads what Text has written. It checks the form only.
func ParseInclusion(text []byte) (*Inclusion, error) {
	if len(text) > MaxProof {
		return nil, fmt.Errorf("the proof has more than %d bytes", MaxProof)
	}
	s, ok := strings.CutPrefix(string(text), inclusionTitle)
	if !ok {
		return nil, fmt.Errorf("this is not an inclusion proof: its first line is %s", strings.TrimSpace(inclusionTitle))
	}
	extra, s, ok := cutLine(s, "extra ")
	if !ok {
		return nil, errors.New("the proof holds no record: its second line begins with extra")
	}
	record, err := base64.StdEncoding.Strict().DecodeString(extra)
	if err != nil || strings.Contains(extra, "\r") {
		return nil, errors.New("the proof's record is not base64")
	}
	index, s, ok := cutLine(s, "index ")
	if !ok {
		return nil, errors.New("the proof does not say which entry it is about: its third line begins with index")
	}
	p := &Inclusion{Record: record}
	if p.Index, err = parseNumber(index); err != nil {
		return nil, fmt.Errorf("the proof's index: %w", err)
	}
	p.Path, p.Head, err = cutPath(s)
	return p, err
}

// cutLine takes a line that begins with the word.
func cutLine(s, word string) (value, rest string, ok bool) {
	line, rest, ok := strings.Cut(s, "\n")
	if !ok {
		return "", s, false
	}
	value, ok = strings.CutPrefix(line, word)
	return value, rest, ok
}

// Verify checks the head's signature and that the record is the entry. It returns the head.
func (p *Inclusion) Verify(k *Key) (*Head, error) {
	h, err := OpenHead(p.Head, k)
	if err != nil {
		return nil, err
	}
	if p.Index >= h.Size {
		return nil, fmt.Errorf("the proof is about entry %d, the signed head stands for %d entries only", p.Index, h.Size)
	}
	if tlog.CheckRecord(p.Path, h.Size, h.Root, p.Index, Leaf(p.Record)) != nil {
		return nil, fmt.Errorf("the record is not entry %d of the log that the head stands for: the record, the index or the proof was altered", p.Index)
	}
	return h, nil
}
