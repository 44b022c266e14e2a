package blob

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	// ChunkSize is how much plaintext is sealed at a time.
	ChunkSize = 64 << 10

	tagSize     = 16
	sealedChunk = ChunkSize + tagSize
	saltSize    = 32
	headerSize  = 8 + saltSize
	trailerSize = 8 + tagSize
)

// magic starts every file; the fifth byte is the version of the format.
const magic = "VBLB\x01\x00\x00\x00"

// Flags of a nonce.
const (
	flagChunk   = 0
	flagLast    = 1
	flagTrailer = 2
)

// cipherOf derives the AEAD of one file.
func cipherOf(key *DataKey, id string, salt []byte) (cipher.AEAD, error) {
	fileKey, err := hkdf.Key(sha256.New, key[:], salt, "vauban blob 1 "+id, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the file's key: %w", err)
	}
	block, err := aes.NewCipher(fileKey)
	clear(fileKey)
	if err != nil {
		return nil, fmt.Errorf("set up AES: %w", err)
	}
	return cipher.NewGCM(block)
}

// nonceOf is the nonce of a chunk: counter and flag. The file's key is its own, so that counters may start at 0.
func nonceOf(counter uint64, flag byte) [12]byte {
	var n [12]byte
	binary.BigEndian.PutUint64(n[:], counter)
	n[11] = flag
	return n
}

func appendHeader(dst, salt []byte) []byte { return append(append(dst, magic...), salt...) }

// parseHeader returns the salt.
func parseHeader(b []byte) ([]byte, error) {
	salt, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok || len(salt) != saltSize {
		return nil, fmt.Errorf("%w: not a file of this format", ErrCorrupt)
	}
	return salt, nil
}

// SealedSize is how many bytes a plaintext of the size takes when it is sealed.
func SealedSize(size int64) int64 {
	chunks := (size + ChunkSize - 1) / ChunkSize
	return headerSize + size + chunks*tagSize + trailerSize
}

// plainSize inverts SealedSize; false when no plaintext has that sealed size.
func plainSize(sealed int64) (int64, bool) {
	body := sealed - headerSize - trailerSize
	if body < 0 {
		return 0, false
	}
	chunks := (body + sealedChunk - 1) / sealedChunk
	size := body - chunks*tagSize
	return size, size >= 0 && SealedSize(size) == sealed
}
