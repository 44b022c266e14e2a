package fs

import (
	"os"

	"golang.org/x/sys/unix"
)

// setDirect has the writes to the file go past the kernel's cache, or through it.
func setDirect(f *os.File, direct bool) error {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	flags &^= unix.O_DIRECT
	if direct {
		flags |= unix.O_DIRECT
	}
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, flags)
	return os.NewSyscallError("fcntl", err)
}
