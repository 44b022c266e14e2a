package contributors

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"vauban/engine/contributor"
	"vauban/store"
)

// codec writes and reads summaries, compressed: keys of contributors resemble each other.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// maxUnpacked is more than what one PutLogEvents of a megabyte can bring for a rule: its keys four times, and a sketch for each 500 events.
const maxUnpacked = 16 << 20

func newCodec() codec {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithEncoderCRC(false), zstd.WithWindowSize(256<<10))
	if err != nil {
		panic(err) // constant options
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxUnpacked))
	if err != nil {
		panic(err)
	}
	return codec{enc, dec}
}

// seal writes summaries one behind the other.
func (s *Store) seal(table string, key store.Key, list []*contributor.Summary) ([]byte, error) {
	var plain []byte
	for _, x := range list {
		plain = x.Append(plain)
	}
	return s.sealer.Seal(table, key, s.codec.enc.EncodeAll(plain, nil))
}

// open is the inverse of seal.
func (s *Store) open(table string, key store.Key, sealed []byte, n int) ([]*contributor.Summary, error) {
	packed, err := s.sealer.Open(table, key, sealed)
	if err != nil {
		return nil, fmt.Errorf("open what a rule has counted: %w", err)
	}
	plain, err := s.codec.dec.DecodeAll(packed, nil)
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
