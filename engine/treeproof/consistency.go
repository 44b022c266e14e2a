package treeproof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Consistency proves that a log of Head begins with the entries that an earlier head stands for: nothing of them was altered, left out or put in another
// order. C2SP: "tlog-witness", add-checkpoint.
type Consistency struct {
	Old  int64 // size that the earlier head has
	Path []tlog.Hash
	Head []byte // signed; the later one
}

const consistencyTitle = "old "

// Text writes the proof.
func (p *Consistency) Text() []byte {
	b := strconv.AppendInt([]byte(consistencyTitle), p.Old, 10)
	b = appendPath(append(b, '\n'), p.Path)
	return append(b, p.Head...)
}

// IsConsistency reports whether the text begins like one of [Consistency.Text].
func IsConsistency(text []byte) bool { return strings.HasPrefix(string(text), consistencyTitle) }

// ParseConsistency reads what Text has written. It checks the form only.
func ParseConsistency(text []byte) (*Consistency, error) {
	if len(text) > MaxProof {
		return nil, fmt.Errorf("the proof has more than %d bytes", MaxProof)
	}
	old, s, ok := cutLine(string(text), consistencyTitle)
	if !ok {
		return nil, errors.New("this is not a consistency proof: its first line is old and a size")
	}
	p := &Consistency{}
	var err error
	if p.Old, err = parseNumber(old); err != nil {
		return nil, fmt.Errorf("the earlier size: %w", err)
	}
	p.Path, p.Head, err = cutPath(s)
	return p, err
}

// Verify checks both heads' signatures and that the later log begins with the earlier one. It returns both heads.
func (p *Consistency) Verify(earlier []byte, k *Key) (from, to *Head, err error) {
	if from, err = OpenHead(earlier, k); err != nil {
		return nil, nil, fmt.Errorf("the earlier head: %w", err)
	}
	if to, err = OpenHead(p.Head, k); err != nil {
		return nil, nil, fmt.Errorf("the later head: %w", err)
	}
	switch {
	case p.Old != from.Size:
		return nil, nil, fmt.Errorf("the proof begins at %d entries, the earlier head has %d", p.Old, from.Size)
	case to.Size < from.Size:
		return nil, nil, fmt.Errorf("the log has become smaller: %d entries where the earlier head has %d", to.Size, from.Size)
	case to.Size == from.Size && to.Root != from.Root:
		return nil, nil, fmt.Errorf("two different logs of %d entries were signed with the same key", from.Size)
	}
	if !p.holds(from, to) {
		return nil, nil, fmt.Errorf("the log of %d entries does not begin with the %d entries that the earlier head stands for: entries were altered, left out or put in another order, or the proof was altered",
			to.Size, from.Size)
	}
	return from, to, nil
}

func (p *Consistency) holds(from, to *Head) bool {
	if from.Size == 0 {
		empty, err := tlog.TreeHash(0, nil)
		return err == nil && len(p.Path) == 0 && from.Root == empty
	}
	return tlog.CheckTree(p.Path, to.Size, to.Root, from.Size, from.Root) == nil
}
