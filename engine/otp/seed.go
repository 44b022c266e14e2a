package otp

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// SeedSize is the size of new seeds in bytes. AWS's virtual devices have 64 characters of base 32.
const SeedSize = 40

const (
	minSeed = 10 // bytes; RFC 4226 demands 16, some services issue 10
	maxSeed = 128
)

// NewSeed draws a seed.
func NewSeed(random io.Reader) ([]byte, error) {
	seed := make([]byte, SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("draw MFA seed: %w", err)
	}
	return seed, nil
}

// EncodeSeed returns the seed as people and QR codes carry it.
func EncodeSeed(seed []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed)
}

// ErrSeed says that a text is not a seed.
var ErrSeed = errors.New("not a base 32 MFA seed")

// DecodeSeed reads a seed as people type it: in any case, in groups, with or without padding.
func DecodeSeed(text string) ([]byte, error) {
	text = strings.TrimRight(strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(text)), "=")
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(seed) < minSeed || len(seed) > maxSeed {
		return nil, ErrSeed
	}
	return seed, nil
}

// URI returns the otpauth address that QR codes hold, for the account name at the issuer (Google Authenticator's "Key URI Format").
func URI(issuer, account string, seed []byte) string {
	return "otpauth://totp/" + escape(issuer) + ":" + escape(account) + "?secret=" + EncodeSeed(seed) + "&issuer=" + escape(issuer)
}

// escape encodes what QR readers take for syntax, and spaces as %20, which all of them know.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
