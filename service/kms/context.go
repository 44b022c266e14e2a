package kms

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// maxContext bounds an encryption context, in bytes of its keys and values. KMS Developer Guide: "Resource quotas".
const maxContext = 8 << 10

// checkContext refuses a context that is too large, and one with keys that differ in case only: condition keys are not case-sensitive, so a
// policy could not tell which of the values it is about.
func checkContext(context map[string]string) error {
	if len(context) == 0 {
		return nil
	}
	size := 0
	for k, v := range context {
		size += len(k) + len(v)
	}
	if err := checkCase(context); err != nil {
		return err
	}
	if size > maxContext {
		return invalid("The encryption context has %d bytes; at most %d are allowed.", size, maxContext)
	}
	return nil
}

// checkCase refuses keys that differ in case only.
func checkCase(context map[string]string) error {
	if len(context) < 2 {
		return nil
	}
	lower := make(map[string]bool, len(context))
	for k := range context {
		l := strings.ToLower(k)
		if lower[l] {
			return invalid("The encryption context has keys that differ in case only: %s.", l)
		}
		lower[l] = true
	}
	return nil
}

// appendContext appends an encryption context in a form that no other context has: pairs in the order of their keys, each text after its length.
func appendContext(b []byte, context map[string]string) []byte {
	for _, k := range slices.Sorted(maps.Keys(context)) {
		v := context[k]
		b = binary.AppendUvarint(b, uint64(len(k)))
		b = append(b, k...)
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	return b
}
