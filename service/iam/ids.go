package iam

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// Prefixes of unique IDs. IAM User Guide: "IAM identifiers", section "Understanding unique ID prefixes".
const (
	userPrefix        = "AIDA"
	groupPrefix       = "AGPA"
	rolePrefix        = "AROA"
	policyPrefix      = "ANPA"
	profilePrefix     = "AIPA"
	certificatePrefix = "ASCA"
	publicKeyPrefix   = "APKA"
	serviceCredPrefix = "ACCA"
	longTermPrefix    = "AKIA"
	temporaryPrefix   = "ASIA"
)

var base32Upper = base32.StdEncoding.WithPadding(base32.NoPadding)

// newUniqueID is a prefix and 17 characters that never repeat.
func newUniqueID(r io.Reader, prefix string) (string, error) {
	var b [11]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make a unique ID: %w", err)
	}
	return prefix + base32Upper.EncodeToString(b[:])[:17], nil
}

// NewAccessKeyID makes an access key ID that carries its account, as AWS's do: after the prefix, the first 48 bits of the base32 text hold
// a one, the account in 40 bits, and 7 random bits.
func NewAccessKeyID(r io.Reader, prefix, account string) (string, error) {
	n, err := strconv.ParseUint(account, 10, 40)
	if err != nil {
		return "", fmt.Errorf("account %q in an access key ID: %w", account, err)
	}
	var b [10]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make an access key ID: %w", err)
	}
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], 1<<47|n<<7|uint64(b[5]&0x7f))
	copy(b[:6], head[2:])
	return prefix + base32Upper.EncodeToString(b[:]), nil
}

// AccountOfKey returns the account that an access key ID carries, or false when it carries none.
func AccountOfKey(id string) (string, bool) {
	if len(id) != 20 {
		return "", false
	}
	b, err := base32Upper.DecodeString(id[4:])
	if err != nil {
		return "", false
	}
	var head [8]byte
	copy(head[2:], b[:6])
	n := binary.BigEndian.Uint64(head[:])
	if n>>47 != 1 {
		return "", false
	}
	account := n & (1<<47 - 1) >> 7
	if account > 999_999_999_999 {
		return "", false
	}
	return fmt.Sprintf("%012d", account), true
}

// newSecret is a 40-character secret access key.
func newSecret(r io.Reader) (string, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var b [40]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	for i := range b {
		b[i] = alphabet[b[i]&63]
	}
	return string(b[:]), nil
}
