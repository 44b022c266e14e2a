package contributors

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"

	"vauban/engine/contributor"
	"vauban/store"
)

// seal writes summaries one behind the other, compressed: keys of contributors resemble each other.
func (s *Store) seal(table string, key store.Key, list []*contributor.Summary) ([]byte, error) {
	var plain []byte
	for _, x := range list {
		plain = x.Append(plain)
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return s.Seal.Seal(table, key, b.Bytes())
}

// open is the inverse of seal.
func (s *Store) open(table string, key store.Key, sealed []byte, n int) ([]*contributor.Summary, error) {
	packed, err := s.Seal.Open(table, key, sealed)
	if err != nil {
		return nil, fmt.Errorf("open what a rule has counted: %w", err)
	}
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("unpack what a rule has counted: %w", err)
	}
	out := make([]*contributor.Summary, n)
	for i := range out {
		if out[i], plain, err = contributor.Read(plain); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) openMinute(m *minute) (*contributor.Summary, error) {
	list, err := s.open(minutes().Name, m.key(), m.Sealed, 1)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}
