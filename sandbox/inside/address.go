//go:build linux && (amd64 || arm64)

package inside

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// addAddress gives the loopback interface of this network namespace an address more, so that the API answers where its URL says.
// The requests are those of netdevice(7), which need no netlink socket.
func addAddress(address string) error {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	if a.IsLoopback() {
		return nil
	}
	if a.Is4() || a.Is4In6() {
		return addIPv4(a.Unmap())
	}
	return addIPv6(a)
}

func addIPv4(a netip.Addr) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	r, err := unix.NewIfreq("lo:1") // a label of the interface: its own address stays
	if err != nil {
		return err
	}
	ip := a.As4()
	if err := r.SetInet4Addr(ip[:]); err != nil {
		return err
	}
	return unix.IoctlIfreq(s, unix.SIOCSIFADDR, r)
}

// loopbackIndex is the index of the loopback interface, which is the first of every network namespace.
const loopbackIndex = 1

func addIPv6(a netip.Addr) error {
	s, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	request := struct { // in6_ifreq
		address [16]byte
		prefix  uint32
		index   int32
	}{a.As16(), 128, loopbackIndex}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(s), unix.SIOCSIFADDR, uintptr(unsafe.Pointer(&request))); e != 0 {
		return e
	}
	return nil
}
