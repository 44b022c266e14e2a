package treeproof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head stands for the first Size entries of a log. C2SP: "tlog-checkpoint".
type Head struct {
	Origin string // name of the log, and of its key
	Size   int64
	Root   tlog.Hash
}

// maxHead bounds a signed head in bytes: it may carry signatures of witnesses too.
const maxHead = 16 << 10

// text is what is signed.
func (h *Head) text() string {
	return h.Origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(h.Root[:]) + "\n"
}

// Sign returns the signed head. Its origin must be the signer's name.
func (h *Head) Sign(signer note.Signer) ([]byte, error) {
	if h.Origin != signer.Name() {
		return nil, fmt.Errorf("sign a tree head: the log is %s, the key that of %s", h.Origin, signer.Name())
	}
	b, err := note.Sign(&note.Note{Text: h.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign a tree head: %w", err)
	}
	return b, nil
}

// Key is a log's public verifier key.
type Key struct {
	Text     string
	verifier note.Verifier
}

// ParseKey reads a verifier key, as in `NAME+HASH+KEY`.
func ParseKey(text string) (*Key, error) {
	text = strings.TrimSpace(text)
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, errors.New("this is not a verifier key: one is a line of the form NAME+HASH+KEY")
	}
	return &Key{text, v}, nil
}

// Origin is the name of the key's log.
func (k *Key) Origin() string { return k.verifier.Name() }

// OpenHead reads a signed head and checks its signature.
func OpenHead(signed []byte, k *Key) (*Head, error) {
	if len(signed) > maxHead {
		return nil, fmt.Errorf("the tree head has %d bytes, at most %d are read", len(signed), maxHead)
	}
	if err := strictSignatures(string(signed)); err != nil {
		return nil, err
	}
	n, err := note.Open(signed, note.VerifierList(k.verifier))
	var wrong *note.InvalidSignatureError
	var stranger *note.UnverifiedNoteError
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("the tree head's signature is wrong: the head was altered, or %s did not sign it", k.Origin())
	case errors.As(err, &stranger):
		return nil, fmt.Errorf("the tree head is not signed with the key of %s", k.Origin())
	case err != nil:
		return nil, errors.New("this is not a signed tree head")
	}
	h, err := parseHead(n.Text)
	if err == nil && h.Origin != k.Origin() {
		err = fmt.Errorf("the tree head is of the log %s, the key is that of %s", h.Origin, k.Origin())
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

func parseHead(text string) (*Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return nil, errors.New("this is not a tree head: it has three lines, the log's name, its size and its hash")
	}
	size, err := parseNumber(lines[1])
	if err != nil {
		return nil, fmt.Errorf("the tree head's size: %w", err)
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return nil, fmt.Errorf("the tree head's hash: %w", err)
	}
	return &Head{Origin: lines[0], Size: size, Root: root}, nil
}

// strictSignatures refuses what decodes to the same signature in another way.
func strictSignatures(signed string) error {
	_, lines, ok := strings.Cut(signed, "\n\n")
	if !ok {
		return errors.New("this is not a signed tree head")
	}
	for line := range strings.Lines(lines) {
		b := line[strings.LastIndexByte(line, ' ')+1:]
		if _, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(b, "\n")); err != nil {
			return errors.New("a signature of the tree head is not base64")
		}
	}
	return nil
}

// parseNumber reads a number as it is written, and in no other way.
func parseNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("%.40q is not a number", s)
	}
	return n, nil
}

func parseHash(s string) (h tlog.Hash, err error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tlog.HashSize || strings.ContainsAny(s, "\r\n") {
		return h, fmt.Errorf("%.60q is not a hash", s)
	}
	return tlog.Hash(b), nil
}

// SizeOf is the size that a signed head tells, whoever signed it: to ask for a proof, not to believe it.
func SizeOf(signed []byte) (int64, error) {
	text, _, ok := strings.Cut(string(signed), "\n\n")
	if !ok || len(signed) > maxHead {
		return 0, errors.New("this is not a signed tree head")
	}
	h, err := parseHead(text + "\n")
	if err != nil {
		return 0, err
	}
	return h.Size, nil
}
