package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is how expensive a hash is. The zero value means 19 MiB and two passes on one thread, which OWASP's "Password Storage
// Cheat Sheet" names; it takes about 30 ms on a core of a server of 2026.
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

const (
	saltSize = 16
	hashSize = 32
)

// Bounds on what a stored hash may demand: a damaged or foreign one must not take the machine down.
const (
	maxMemory  = 256 << 10 // KiB
	maxPasses  = 16
	maxThreads = 8
	maxText    = 512
)

// ErrHash says that a stored text is not an argon2id hash that we verify.
var ErrHash = errors.New("not an argon2id hash")

func (c Cost) withDefaults() Cost {
	if c == (Cost{}) {
		return Cost{Memory: 19 << 10, Passes: 2, Threads: 1}
	}
	return c
}

func (c Cost) valid() bool {
	return c.Threads >= 1 && c.Threads <= maxThreads && c.Passes >= 1 && c.Passes <= maxPasses && c.Memory >= 8*uint32(c.Threads) && c.Memory <= maxMemory
}

// Hash returns the hash of a password with a fresh salt, in the PHC string format.
func Hash(password string, cost Cost, random io.Reader) (string, error) {
	cost = cost.withDefaults()
	if !cost.valid() {
		return "", fmt.Errorf("hash password: cost %+v is out of bounds", cost)
	}
	var salt [saltSize]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return "", fmt.Errorf("hash password: draw salt: %w", err)
	}
	sum := argon2.IDKey([]byte(password), salt[:], cost.Passes, cost.Memory, cost.Threads, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.Memory, cost.Passes, cost.Threads,
		base64.RawStdEncoding.EncodeToString(salt[:]), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// Verify reports whether the password is the hash's, in time that does not depend on where they differ. outdated says that the
// hash is right but not of the wanted cost: the caller hashes the password again and stores that. A text that is no hash is
// [ErrHash]; it means that the store is damaged, not that the password is wrong.
func Verify(hash, password string, want Cost) (ok, outdated bool, err error) {
	h, err := parse(hash)
	if err != nil {
		return false, false, err
	}
	sum := argon2.IDKey([]byte(password), h.salt, h.cost.Passes, h.cost.Memory, h.cost.Threads, uint32(len(h.sum)))
	if subtle.ConstantTimeCompare(sum, h.sum) != 1 {
		return false, false, nil
	}
	return true, h.cost != want.withDefaults() || len(h.salt) != saltSize || len(h.sum) != hashSize, nil
}

// Pretend takes the time of a Verify, for a user without a password or no user at all, so that the answer's delay does not tell
// which names exist.
func Pretend(password string, cost Cost) {
	if cost = cost.withDefaults(); cost.valid() {
		argon2.IDKey([]byte(password), make([]byte, saltSize), cost.Passes, cost.Memory, cost.Threads, hashSize)
	}
}

type parsed struct {
	cost      Cost
	salt, sum []byte
}

// parse reads "$argon2id$v=19$m=…,t=…,p=…$salt$hash".
func parse(text string) (h parsed, err error) {
	parts := strings.Split(text, "$")
	if len(text) > maxText || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return h, ErrHash
	}
	var numbers [3]uint64
	params := strings.Split(parts[3], ",")
	if len(params) != len(numbers) {
		return h, ErrHash
	}
	for i, name := range [...]string{"m=", "t=", "p="} {
		value, ok := strings.CutPrefix(params[i], name)
		if !ok {
			return h, ErrHash
		}
		if numbers[i], err = strconv.ParseUint(value, 10, [...]int{32, 32, 8}[i]); err != nil {
			return h, ErrHash
		}
	}
	h.cost = Cost{Memory: uint32(numbers[0]), Passes: uint32(numbers[1]), Threads: uint8(numbers[2])}
	strict := base64.RawStdEncoding.Strict()
	var saltErr, sumErr error
	h.salt, saltErr = strict.DecodeString(parts[4])
	h.sum, sumErr = strict.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || !h.cost.valid() || len(h.salt) < 8 || len(h.salt) > 64 || len(h.sum) < 16 || len(h.sum) > 64 {
		return h, ErrHash
	}
	return h, nil
}
