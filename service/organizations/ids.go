package organizations

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
)

// lowercase is the alphabet of all IDs here.
const lowercase = "abcdefghijklmnopqrstuvwxyz0123456789"

// newID is a prefix and n random characters.
func newID(r io.Reader, prefix string, n int) (string, error) {
	b := []byte(prefix)
	for range n {
		i, err := rand.Int(r, big.NewInt(int64(len(lowercase))))
		if err != nil {
			return "", fmt.Errorf("make an ID: %w", err)
		}
		b = append(b, lowercase[i.Int64()])
	}
	return string(b), nil
}

// newAccountID is twelve digits, the first of them no zero.
func newAccountID(r io.Reader) (string, error) {
	n, err := rand.Int(r, big.NewInt(900_000_000_000))
	if err != nil {
		return "", fmt.Errorf("make an account ID: %w", err)
	}
	return fmt.Sprintf("%012d", 100_000_000_000+n.Int64()), nil
}
