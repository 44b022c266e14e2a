package keyproxy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Proxy is an [http.Handler]. Its members are set before it serves.
type Proxy struct {
	Paths       []string // "/prefix/kms/xks/v1"
	AccessKeyID string
	Secret      string
	Clock       func() time.Time

	mu    sync.Mutex
	keys  map[string]*Key
	asked []Asked
	fault Fault
	hold  func() // of the next call
}

// Key is an external key.
type Key struct {
	Material [32]byte
	Spec     string   // "" means AES_256
	Usage    []string // nil means ENCRYPT, DECRYPT
	Disabled bool
}

// Asked is one call that was taken: signed as it must be, for a path of the protocol.
type Asked struct {
	Call  string // "health", "metadata", "encrypt", "decrypt"
	Key   string
	About map[string]string // requestMetadata
	AAD   []byte
	Bytes int // of plaintext or ciphertext
	From  string
}

// Put makes or replaces a key.
func (p *Proxy) Put(id string, k Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		p.keys = map[string]*Key{}
	}
	p.keys[id] = &k
}

// Drop forgets a key.
func (p *Proxy) Drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.keys, id)
}

// Asked returns the calls so far, and forgets them.
func (p *Proxy) Asked() []Asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

// input is the body of every call.
type input struct {
	About      map[string]string `json:"requestMetadata"`
	AAD        []byte            `json:"additionalAuthenticatedData"`
	Algorithm  string            `json:"encryptionAlgorithm"`
	Plaintext  []byte            `json:"plaintext"`
	Integrity  string            `json:"ciphertextDataIntegrityValueAlgorithm"`
	Ciphertext []byte            `json:"ciphertext"`
	Metadata   []byte            `json:"ciphertextMetadata"`
	IV         []byte            `json:"initializationVector"`
	Tag        []byte            `json:"authenticationTag"`
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return
	}
	p.wait(r)
	if p.fail(w, r) {
		return
	}
	prefix, rest, _ := strings.Cut(r.URL.Path, "/kms/xks/v1/")
	ok := slices.Contains(p.Paths, prefix+"/kms/xks/v1")
	call, key := rest, ""
	if parts := strings.Split(rest, "/"); len(parts) == 3 && parts[0] == "keys" {
		key, call = parts[1], parts[2]
	}
	known := call == "health" && key == "" || key != "" && slices.Contains([]string{"metadata", "encrypt", "decrypt"}, call)
	switch {
	case !ok || !known:
		refuse(w, http.StatusNotFound, "InvalidUriPathException")
		return
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err := p.verify(r, body); err != nil {
		refuse(w, http.StatusUnauthorized, "AuthenticationFailedException")
		return
	}
	var in input
	if err := json.Unmarshal(body, &in); err != nil || in.About["kmsOperation"] == "" || in.About["kmsRequestId"] == "" || key != "" && in.About["awsPrincipalArn"] == "" {
		refuse(w, http.StatusBadRequest, "ValidationException")
		return
	}
	p.answer(w, r, call, key, &in)
}

func (p *Proxy) answer(w http.ResponseWriter, r *http.Request, call, id string, in *input) {
	p.mu.Lock()
	p.asked = append(p.asked, Asked{call, id, in.About, in.AAD, len(in.Plaintext) + len(in.Ciphertext), r.RemoteAddr})
	k, fault := p.keys[id], p.fault
	p.mu.Unlock()
	switch {
	case call == "health":
		answer(w, health(fault))
	case k == nil:
		refuse(w, http.StatusNotFound, "KeyNotFoundException")
	case call == "metadata":
		answer(w, k.metadata())
	case k.Disabled:
		refuse(w, http.StatusBadRequest, "InvalidStateException")
	case in.About["kmsKeyArn"] == "" || in.Algorithm != "AES_GCM" || len(in.AAD) > 8192 || len(in.Plaintext)+len(in.Ciphertext) > 4300:
		refuse(w, http.StatusBadRequest, "ValidationException")
	case call == "encrypt":
		p.encrypt(w, k, in, fault)
	default:
		p.decrypt(w, k, in)
	}
}

func (k *Key) metadata() map[string]any {
	spec, usage, status := k.Spec, k.Usage, "ENABLED"
	if spec == "" {
		spec = "AES_256"
	}
	if usage == nil {
		usage = []string{"ENCRYPT", "DECRYPT"}
	}
	if k.Disabled {
		status = "DISABLED"
	}
	return map[string]any{"keySpec": spec, "keyUsage": usage, "keyStatus": status}
}

// bound is what the tag authenticates: the additional data and the metadata, each after its length. Specification: "Encrypt".
func bound(aad, metadata []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(aad)))
	b = append(b, aad...)
	b = append(b, byte(len(metadata)))
	return append(b, metadata...)
}

func (k *Key) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.Material[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (p *Proxy) encrypt(w http.ResponseWriter, k *Key, in *input, fault Fault) {
	aead, err := k.aead()
	if err != nil || len(in.Plaintext) == 0 {
		refuse(w, http.StatusBadRequest, "ValidationException")
		return
	}
	iv, metadata := make([]byte, aead.NonceSize()), []byte("key_version=1")
	if _, err := rand.Read(iv); err != nil {
		refuse(w, http.StatusInternalServerError, "InternalException")
		return
	}
	sealed := aead.Seal(nil, iv, in.Plaintext, bound(in.AAD, metadata))
	ciphertext, tag := sealed[:len(in.Plaintext)], sealed[len(in.Plaintext):]
	out := map[string]any{"ciphertext": ciphertext, "ciphertextMetadata": metadata, "initializationVector": iv, "authenticationTag": tag}
	if in.Integrity == "SHA_256" {
		sum := sha256.Sum256(slices.Concat(in.AAD, metadata, iv, ciphertext, tag))
		out["ciphertextDataIntegrityValue"] = sum[:]
	}
	fault.bend(out, ciphertext)
	answer(w, out)
}

func (p *Proxy) decrypt(w http.ResponseWriter, k *Key, in *input) {
	plaintext, err := k.open(in)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidCiphertextException")
		return
	}
	answer(w, map[string]any{"plaintext": plaintext})
}

func (k *Key) open(in *input) ([]byte, error) {
	aead, err := k.aead()
	if err != nil || len(in.IV) != aead.NonceSize() || len(in.Tag) != aead.Overhead() {
		return nil, errors.Join(err, errors.New("sizes"))
	}
	return aead.Open(nil, in.IV, slices.Concat(in.Ciphertext, in.Tag), bound(in.AAD, in.Metadata))
}

func answer(w http.ResponseWriter, out any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // who asked may be gone
}

func refuse(w http.ResponseWriter, status int, name string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorName": name, "errorMessage": "refused by the proxy"})
}
