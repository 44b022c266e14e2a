package s3

import (
	"encoding/binary"
	"hash"
	"hash/crc64"
)

// nvmePolynomial is CRC-64/NVME's, reflected.
const nvmePolynomial = 0x9a6c9329ac4bc9b5

// nvmeTables are sixteen tables, so that sixteen bytes are taken at a time: hash/crc64 takes eight, and for two other polynomials only.
type nvmeTables [16]crc64.Table

func newNVMeTables() *nvmeTables {
	t := &nvmeTables{0: *crc64.MakeTable(nvmePolynomial)}
	for i := range 256 {
		crc := t[0][i]
		for j := 1; j < len(t); j++ {
			crc = t[0][crc&0xff] ^ crc>>8
			t[j][i] = crc
		}
	}
	return t
}

func (t *nvmeTables) update(crc uint64, p []byte) uint64 {
	crc = ^crc
	for len(p) >= 16 {
		a, b := crc^binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
		crc = t[15][a&0xff] ^ t[14][a>>8&0xff] ^ t[13][a>>16&0xff] ^ t[12][a>>24&0xff] ^
			t[11][a>>32&0xff] ^ t[10][a>>40&0xff] ^ t[9][a>>48&0xff] ^ t[8][a>>56] ^
			t[7][b&0xff] ^ t[6][b>>8&0xff] ^ t[5][b>>16&0xff] ^ t[4][b>>24&0xff] ^
			t[3][b>>32&0xff] ^ t[2][b>>40&0xff] ^ t[1][b>>48&0xff] ^ t[0][b>>56]
		p = p[16:]
	}
	for _, b := range p {
		crc = t[0][byte(crc)^b] ^ crc>>8
	}
	return ^crc
}

// nvmeHash implements hash.Hash.
type nvmeHash struct {
	tables *nvmeTables
	crc    uint64
}

var _ hash.Hash = (*nvmeHash)(nil)

func (h *nvmeHash) Write(p []byte) (int, error) {
	h.crc = h.tables.update(h.crc, p)
	return len(p), nil
}

func (h *nvmeHash) Sum(b []byte) []byte { return binary.BigEndian.AppendUint64(b, h.crc) }
func (h *nvmeHash) Reset()              { h.crc = 0 }
func (h *nvmeHash) Size() int           { return 8 }
func (h *nvmeHash) BlockSize() int      { return 8 }
