//go:build linux && arm64

package seccomp

import "golang.org/x/sys/unix"

const arch = unix.AUDIT_ARCH_AARCH64

var refusedHere []uint32
