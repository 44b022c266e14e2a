package material

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// Key is the material of one KMS key: one generation of it, if it is rotated. Safe for concurrent use.
type Key struct {
	spec string
	form form
}

// form is one kind of key. What a form can do more, it says by the interfaces of the other files.
type form interface {
	private() ([]byte, error) // what parseForm reads; raw for symmetric and HMAC keys, PKCS #8 for key pairs
}

// Spec returns the key spec.
func (k *Key) Spec() string { return k.spec }

// Generate makes a key.
func Generate(random io.Reader, spec string) (*Key, error) {
	var f form
	var err error
	switch spec {
	case Symmetric:
		f, err = generateSymmetric(random)
	case HMAC224, HMAC256, HMAC384, HMAC512:
		f, err = generateMAC(random, spec)
	case RSA2048, RSA3072, RSA4096:
		f, err = generateRSA(random, spec)
	case P256, P384, P521:
		f, err = generateNIST(random, spec)
	case Secp256k1:
		f, err = generateKoblitz(random)
	case Ed25519:
		f, err = generateEdwards(random)
	case MLDSA44, MLDSA65, MLDSA87:
		f, err = generateLattice(random, spec)
	default:
		return nil, fmt.Errorf("%w: %q", ErrSpec, spec)
	}
	if err != nil {
		return nil, fmt.Errorf("generate %s key material: %w", spec, err)
	}
	return &Key{spec, f}, nil
}

// Import reads material that came from outside: the raw key for symmetric and HMAC keys, a DER PKCS #8 private key for key pairs ("Requirements
// for imported key material" in the KMS developer guide).
func Import(spec string, b []byte) (*Key, error) {
	if !Known(spec) {
		return nil, fmt.Errorf("%w: %q", ErrSpec, spec)
	}
	f, err := parseForm(spec, b)
	if err != nil {
		return nil, err
	}
	return &Key{spec, f}, nil
}

func parseForm(spec string, b []byte) (form, error) {
	switch spec {
	case Symmetric:
		return parseSymmetric(b)
	case HMAC224, HMAC256, HMAC384, HMAC512:
		return parseMAC(spec, b)
	case Secp256k1:
		return parseKoblitz(b)
	}
	return parsePair(spec, b)
}

// formatVersion begins marshalled keys.
const formatVersion = 1

// Marshal returns the key as bytes for a sealed place in the store: version, length of the spec's name, the name, the private part.
func (k *Key) Marshal() ([]byte, error) {
	private, err := k.form.private()
	if err != nil {
		return nil, fmt.Errorf("marshal %s key material: %w", k.spec, err)
	}
	out := append([]byte{formatVersion, byte(len(k.spec))}, k.spec...)
	return append(out, private...), nil
}

// Parse reads what Marshal wrote.
func Parse(b []byte) (*Key, error) {
	if len(b) < 2 || b[0] != formatVersion || len(b) < 2+int(b[1]) {
		return nil, fmt.Errorf("%w: not a marshalled key", ErrMaterial)
	}
	return Import(string(b[2:2+int(b[1])]), b[2+int(b[1]):])
}

// Private returns the private part as clients get it: a DER PKCS #8 private key for key pairs, the raw key otherwise.
func (k *Key) Private() ([]byte, error) { return k.form.private() }

// ID returns AWS's key material ID: 64 hexadecimal digits, the same for the same material under the same key ID, and telling nothing of it.
func (k *Key) ID(keyID string) (string, error) {
	b, err := k.Marshal()
	if err != nil {
		return "", err
	}
	defer clear(b)
	h := sha256.New()
	fmt.Fprintf(h, "vauban key material id\x00%d\x00%s", len(keyID), keyID)
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// algorithm returns an error unless the list has it.
func (k *Key) algorithm(list []string, name string) error {
	if !slices.Contains(list, name) {
		return &AlgorithmError{name, k.spec}
	}
	return nil
}

// read returns n random bytes.
func read(random io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}
