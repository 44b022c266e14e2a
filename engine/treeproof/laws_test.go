package treeproof

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Every entry of every tree has a proof that holds, and that is read as it was written.
func TestInclusionHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 70).Draw(t, "size")
		l := newLog(t, size, 1)
		p := l.inclusion(size, rapid.IntRange(0, size-1).Draw(t, "index"))
		read, err := ParseInclusion(p.Text())
		l.check(err)
		if !bytes.Equal(read.Text(), p.Text()) || !IsInclusion(p.Text()) || IsConsistency(p.Text()) {
			t.Fatal("a proof is not read as it was written")
		}
		h, err := read.Verify(l.key)
		l.check(err)
		if h.Size != int64(size) || h.Origin != "vauban-log/test" || !bytes.Equal(read.Record, l.records[p.Index]) {
			t.Fatalf("head %+v, record %s", h, read.Record)
		}
	})
}

// Whatever is changed in the text of a proof, be it one bit, is refused.
func TestChangedInclusionIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 40).Draw(t, "size")
		l := newLog(t, size, 1)
		text := changed(t, l.inclusion(size, rapid.IntRange(0, size-1).Draw(t, "index")).Text())
		if p, err := ParseInclusion(text); err == nil {
			if _, err := p.Verify(l.key); err == nil {
				t.Fatalf("taken:\n%s", text)
			}
		}
	})
}

// A true proof is no proof of another record, another place, or under another head or key.
func TestInclusionProvesOneThing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 40).Draw(t, "size")
		l := newLog(t, size, 1)
		a := rapid.IntRange(0, size-1).Draw(t, "a")
		b := rapid.IntRange(0, size-1).Filter(func(b int) bool { return b != a }).Draw(t, "b")
		other := newLog(t, size, 2)
		for name, p := range map[string]*Inclusion{
			"record": {Record: l.records[b], Index: int64(a), Path: l.inclusion(size, a).Path, Head: l.head(size)},
			"index":  {Record: l.records[a], Index: int64(b), Path: l.inclusion(size, a).Path, Head: l.head(size)},
			"head":   {Record: l.records[a], Index: int64(a), Path: l.inclusion(size, a).Path, Head: other.head(size)},
			"beyond": {Record: l.records[a], Index: int64(size), Path: l.inclusion(size, a).Path, Head: l.head(size)},
		} {
			if _, err := p.Verify(l.key); err == nil {
				t.Fatalf("%s: taken", name)
			}
		}
		if _, err := l.inclusion(size, a).Verify(other.key); err == nil {
			t.Fatal("another key takes it")
		}
	})
}

// A log has grown from each of its earlier heads, and from no other.
func TestGrowth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.IntRange(0, 70).Draw(t, "to")
		from := rapid.IntRange(0, to).Draw(t, "from")
		l := newLog(t, to, 1)
		p, err := ParseConsistency(l.growth(from, to).Text())
		l.check(err)
		old, now, err := p.Verify(l.head(from), l.key)
		l.check(err)
		if old.Size != int64(from) || now.Size != int64(to) {
			t.Fatalf("from %d to %d", old.Size, now.Size)
		}
		// The same key signs a log in which one of the first entries is another.
		if from == 0 {
			return
		}
		forged := newLog(t, 0, 1)
		i := rapid.IntRange(0, from-1).Draw(t, "altered")
		for n, r := range l.records {
			if n == i {
				r = fmt.Appendf(nil, `{"eventID":"event-%d","eventName":"Altered"}`, n)
			}
			forged.add(string(r))
		}
		if _, _, err := forged.growth(from, to).Verify(l.head(from), l.key); err == nil {
			t.Fatal("an altered entry is not noticed")
		}
		left := newLog(t, 0, 1)
		for n, r := range l.records {
			if n != i {
				left.add(string(r))
			}
		}
		left.add(`{"eventID":"later"}`)
		if _, _, err := left.growth(from, to).Verify(l.head(from), l.key); err == nil {
			t.Fatal("an entry that was left out is not noticed")
		}
	})
}

func TestChangedGrowthIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.IntRange(1, 40).Draw(t, "to")
		from := rapid.IntRange(0, to).Draw(t, "from")
		l := newLog(t, to, 1)
		text := changed(t, l.growth(from, to).Text())
		if p, err := ParseConsistency(text); err == nil {
			if _, _, err := p.Verify(l.head(from), l.key); err == nil {
				t.Fatalf("taken:\n%s", text)
			}
		}
		if p, err := ParseConsistency(l.growth(from, to).Text()); err == nil {
			if _, _, err := p.Verify(changed(t, l.head(from)), l.key); err == nil {
				t.Fatal("a changed earlier head is taken")
			}
		}
	})
}

// A log never becomes smaller.
func TestShrunkLogIsRefused(t *testing.T) {
	l := newLog(t, 20, 1)
	p := l.growth(5, 10)
	p.Old = 20
	if _, _, err := p.Verify(l.head(20), l.key); err == nil {
		t.Error("taken")
	}
}

// changed is the text with a byte replaced, inserted or removed, two lines exchanged, or the end cut off.
func changed(t *rapid.T, text []byte) []byte {
	out := bytes.Clone(text)
	at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		out[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case 1:
		out = append(out[:at:at], append([]byte{rapid.Byte().Draw(t, "byte")}, text[at:]...)...)
	case 2:
		out = append(out[:at:at], text[at+1:]...)
	case 3:
		lines := bytes.SplitAfter(text, []byte("\n"))
		i, j := rapid.IntRange(0, len(lines)-1).Draw(t, "line"), rapid.IntRange(0, len(lines)-1).Draw(t, "other")
		lines[i], lines[j] = lines[j], lines[i]
		out = bytes.Join(lines, nil)
	case 4:
		out = out[:at]
	}
	if bytes.Equal(out, text) {
		t.Skip("nothing has changed")
	}
	return out
}
