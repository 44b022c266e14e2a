//go:build !linux

package fs

import (
	"errors"
	"os"
)

// setDirect has the writes to the file go past the kernel's cache, or through it: here, always through it.
func setDirect(_ *os.File, direct bool) error {
	if direct {
		return errors.ErrUnsupported
	}
	return nil
}
