package policy

import (
	"crypto/sha256"
	"encoding/base64"
)

// digest is 120 bits of SHA-256, as 20 characters that stand anywhere.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}
