package postgres

import (
	"bytes"

	"vauban/store"
	"vauban/store/internal/layout"
)

// Skim implements store.Tx. Where groups are large, the database passes over them (skimSQL); where they are small, or there are none, it is
// faster to read on and pass over them here. What the last chunk was like decides about the next.
func (t *tx) Skim(table string, prefix, after store.Key, sep []byte, fn func(store.Doc) bool) error {
	from := store.Key(layout.Doc(table, prefix))
	s := skim{tx: t, cut: len(from) - len(prefix), behind: len(from), end: from.End(), sep: sep, fn: fn}
	if after != nil {
		if next := store.Key(layout.Doc(table, after)).Next(); next.Compare(from) > 0 {
			from = next
		}
	}
	s.limit = firstChunk
	for from != nil {
		var err error
		if from, err = s.chunk(from); err != nil {
			return err
		}
	}
	return nil
}

type skim struct {
	tx          *tx
	cut, behind int // bytes of a row's key that are not the document's, and that are the prefix too
	end         store.Key
	sep         []byte
	fn          func(store.Doc) bool

	limit int       // documents of the next chunk
	group store.Key // that the last document is in, as a row's key; nil when it is in none
	jumps bool      // the database passes over groups
}

// chunk visits a chunk and answers where the next begins, nil when there is none.
func (s *skim) chunk(from store.Key) (store.Key, error) {
	sql, more := scanSQL, []any(nil)
	if s.jumps {
		sql, more = skimSQL, []any{s.sep, s.behind + 1, []byte(store.Key(s.sep).End())}
	}
	limit := s.limit
	page, last, size, err := s.tx.chunk(sql, from, s.end, limit, s.cut, more...)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	s.limit = min(max(chunkBytes/(size/len(page)+1), 1), maxChunk)
	visited, grouped := 0, 0
	for _, d := range page {
		if err := s.tx.readable(); err != nil {
			return nil, err
		}
		if s.member(d.Key) {
			continue
		}
		visited++
		if s.group = s.groupOf(d.Key); s.group != nil {
			grouped++
		}
		if !s.fn(d) {
			return nil, nil
		}
	}
	if s.jumps {
		s.jumps = grouped > 0
	} else {
		s.jumps = visited <= len(page)/2
	}
	switch {
	case len(page) < limit:
		return nil, nil
	case s.group != nil:
		return store.Key(append(bytes.Clone(last[:s.cut]), s.group...)).End(), nil
	}
	return last.Next(), nil
}

// member reports whether a document is in the group that was visited last.
func (s *skim) member(key store.Key) bool { return s.group != nil && key.HasPrefix(s.group) }

func (s *skim) groupOf(key store.Key) store.Key {
	rest := key[s.behind-s.cut:]
	if i := bytes.Index(rest, s.sep); i >= 0 {
		return key[:s.behind-s.cut+i+len(s.sep)]
	}
	return nil
}
