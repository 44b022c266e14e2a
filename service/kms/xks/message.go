package xks

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// Of version 1 of the protocol.
const (
	algorithm          = "AES_GCM"
	integrityAlgorithm = "SHA_256"

	tagSize     = 16
	maxMetadata = 20 // bytes that a proxy may add to a ciphertext
	maxNames    = 10 // of key managers, and of usages
	maxName     = 32 // characters of a key's spec, and of a usage: clients see them
)

// About says for whom and why KMS calls: what a proxy logs, and may decide by. XKS Proxy API Specification: "requestMetadata".
type About struct {
	Principal string `json:"awsPrincipalArn,omitempty"`
	Key       string `json:"kmsKeyArn,omitempty"`
	Operation string `json:"kmsOperation"`
	RequestID string `json:"kmsRequestId"`
	Via       string `json:"kmsViaService,omitempty"`
}

// request is the body of every call. JSON writes bytes in Base64.
type request struct {
	About              About  `json:"requestMetadata"`
	AAD                []byte `json:"additionalAuthenticatedData,omitempty"`
	Algorithm          string `json:"encryptionAlgorithm,omitempty"`
	Plaintext          []byte `json:"plaintext,omitempty"`
	IntegrityAlgorithm string `json:"ciphertextDataIntegrityValueAlgorithm,omitempty"`
	Ciphertext         []byte `json:"ciphertext,omitempty"`
	Metadata           []byte `json:"ciphertextMetadata,omitempty"`
	IV                 []byte `json:"initializationVector,omitempty"`
	Tag                []byte `json:"authenticationTag,omitempty"`
}

// Sealed is what an external key has encrypted.
type Sealed struct {
	IV, Tag    []byte
	Metadata   []byte // the proxy's own, at most 20 bytes; often none
	Ciphertext []byte // as long as the plaintext
}

// WellFormed reports whether the parts have sizes that the protocol allows.
func (s *Sealed) WellFormed() bool {
	return (len(s.IV) == 12 || len(s.IV) == 16) && len(s.Tag) == tagSize && len(s.Metadata) <= maxMetadata && len(s.Ciphertext) > 0
}

// Integrity is the digest by which a proxy vouches for a ciphertext: "Appendix C".
func (s *Sealed) Integrity(aad []byte) []byte {
	sum := sha256.Sum256(slices.Concat(aad, s.Metadata, s.IV, s.Ciphertext, s.Tag))
	return sum[:]
}

func parseSealed(body []byte, length int, aad []byte) (*Sealed, error) {
	var out struct {
		Ciphertext []byte `json:"ciphertext"`
		Metadata   []byte `json:"ciphertextMetadata"`
		IV         []byte `json:"initializationVector"`
		Tag        []byte `json:"authenticationTag"`
		Integrity  []byte `json:"ciphertextDataIntegrityValue"`
	}
	if err := parse(body, &out); err != nil {
		return nil, err
	}
	s := &Sealed{IV: out.IV, Tag: out.Tag, Metadata: out.Metadata, Ciphertext: out.Ciphertext}
	switch {
	case !s.WellFormed():
		return nil, malformed("initialization vector, tag, metadata and ciphertext have %d, %d, %d and %d bytes", len(s.IV), len(s.Tag), len(s.Metadata), len(s.Ciphertext))
	case len(s.Ciphertext) != length:
		return nil, malformed("the ciphertext has %d bytes, the plaintext %d", len(s.Ciphertext), length)
	case !bytes.Equal(out.Integrity, s.Integrity(aad)):
		return nil, malformed("ciphertextDataIntegrityValue is not that of the ciphertext")
	}
	return s, nil
}

func parseOpened(body []byte, length int) ([]byte, error) {
	var out struct {
		Plaintext []byte `json:"plaintext"`
	}
	if err := parse(body, &out); err != nil {
		return nil, err
	}
	if len(out.Plaintext) != length {
		return nil, malformed("the plaintext has %d bytes, the ciphertext %d", len(out.Plaintext), length)
	}
	return out.Plaintext, nil
}

// Metadata is what a proxy says of an external key.
type Metadata struct {
	Spec   string   `json:"keySpec"`
	Usage  []string `json:"keyUsage"`
	Status string   `json:"keyStatus"`
}

// Encrypts reports whether the key is one that KMS takes: AES-256, enabled, for both directions.
func (m *Metadata) Encrypts() bool {
	return m.Spec == "AES_256" && m.Status == "ENABLED" && slices.Contains(m.Usage, "ENCRYPT") && slices.Contains(m.Usage, "DECRYPT")
}

func parseMetadata(body []byte) (*Metadata, error) {
	m := &Metadata{}
	if err := parse(body, m); err != nil {
		return nil, err
	}
	if len(m.Spec) > maxName || slices.ContainsFunc(m.Usage, func(u string) bool { return len(u) > maxName }) {
		return nil, malformed("keySpec or a keyUsage has more than %d characters", maxName)
	}
	if m.Spec == "" || len(m.Usage) == 0 || len(m.Usage) > maxNames || m.Status != "ENABLED" && m.Status != "DISABLED" {
		return nil, malformed("keySpec, keyUsage or keyStatus is missing or unknown")
	}
	return m, nil
}

// Health is how the proxy and its key managers are.
type Health struct {
	FleetSize int       `json:"xksProxyFleetSize"`
	Vendor    string    `json:"xksProxyVendor"`
	Model     string    `json:"xksProxyModel"`
	Managers  string    `json:"ekmVendor"`
	Fleet     []Manager `json:"ekmFleetDetails"`
}

// Manager is one external key manager. Its status is ACTIVE, DEGRADED or UNAVAILABLE.
type Manager struct {
	ID     string `json:"id"`
	Model  string `json:"model"`
	Status string `json:"healthStatus"`
}

// States of key managers.
const (
	Active      = "ACTIVE"
	Degraded    = "DEGRADED"
	Unavailable = "UNAVAILABLE"
)

// parseHealth gives an answer beside the error when all key managers are unavailable.
func parseHealth(body []byte) (*Health, error) {
	h := &Health{}
	if err := parse(body, h); err != nil {
		return nil, err
	}
	if h.FleetSize < 1 || h.Vendor == "" || h.Model == "" || h.Managers == "" || len(h.Fleet) == 0 || len(h.Fleet) > maxNames {
		return nil, malformed("a member of the health status is missing")
	}
	usable := false
	for _, m := range h.Fleet {
		if m.ID == "" || m.Model == "" || !slices.Contains([]string{Active, Degraded, Unavailable}, m.Status) {
			return nil, malformed("an entry of ekmFleetDetails is incomplete, or its healthStatus unknown")
		}
		usable = usable || m.Status != Unavailable
	}
	if !usable {
		return h, &Problem{Reason: AllUnavailable}
	}
	return h, nil
}

func parse(body []byte, out any) error {
	if err := json.Unmarshal(body, out); err != nil {
		return &Problem{Reason: Malformed, Err: err}
	}
	return nil
}
