package otp

import (
	"crypto/hmac"
	"crypto/sha1" // the algorithm of the standard; collisions do not matter to HMAC
	"crypto/subtle"
	"encoding/binary"
	"time"
)

// The parameters that devices assume.
const (
	Step   = 30 * time.Second
	Digits = 6
)

const (
	window    = 1   // steps that a code may be early or late (RFC 6238 section 5.2)
	maxWindow = 100 // that VerifyPair searches at most, in either direction
)

// HOTP returns the code of a counter (RFC 4226 section 5.3).
func HOTP(key []byte, counter uint64) string {
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], counter)
	h := hmac.New(sha1.New, key)
	h.Write(message[:])
	sum := h.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	var code [Digits]byte
	for i := Digits - 1; i >= 0; i-- {
		code[i] = '0' + byte(n%10)
		n /= 10
	}
	return string(code[:])
}

// TOTP returns the code at a time.
func TOTP(key []byte, t time.Time) string { return HOTP(key, uint64(StepAt(t))) }

// StepAt returns the number of the step that holds the time: 30-second intervals since 1970. It is 0 before.
func StepAt(t time.Time) int64 { return max(t.Unix(), 0) / int64(Step/time.Second) }

// Verify reports whether the code is valid at a time, one step early or late included, and in which step it stands. A code of
// the step last, which the caller stored from the last success, or of one before it, has been used or overtaken, and is refused;
// last is 0 when there was none. For a device whose clock is known to be off, shift now.
func Verify(key []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	current := StepAt(now)
	for s := current - window; s <= current+window; s++ { // all of them, so that time does not tell which
		if s >= 0 && equal(key, s, code) && s > last && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// VerifyPair reports whether two codes follow each other, with the second at most the given number of steps away from now, and
// returns the second's step, which the caller stores as the last one used. Enabling a device takes a window of 1;
// resynchronising one whose clock has drifted takes more, at most 100.
func VerifyPair(key []byte, first, second string, now time.Time, steps int) (step int64, ok bool) {
	current, reach := StepAt(now), int64(min(max(steps, 0), maxWindow))
	for s := current - reach; s <= current+reach; s++ {
		one, two := equal(key, s-1, first), equal(key, s, second) // both: the first code alone must not show in the time that is taken
		if s >= 1 && one && two && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

func equal(key []byte, step int64, code string) bool {
	return subtle.ConstantTimeCompare([]byte(HOTP(key, uint64(step))), []byte(code)) == 1
}
