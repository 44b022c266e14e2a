package iam

import (
	"fmt"
	"net/netip"
	"syscall"
)

// An identity provider on a private address is common where people run their own; but nobody runs one where only this machine or its
// cloud answers. Whoever may create providers would otherwise learn through this server what listens there.

// mayAsk says whether an identity provider can have the address.
func mayAsk(a netip.Addr) bool {
	a = inner(a.WithZone(""))
	switch {
	case a.IsLoopback(), a.IsUnspecified(), a.IsMulticast(), a.IsLinkLocalUnicast():
		return false
	case a.Is4() && a.As4()[0] == 0, a.Is4() && a.As4()[0] >= 240: // this network; reserved and broadcast
		return false
	}
	return !isMetadata(a)
}

// isMetadata says whether a cloud provider answers its machines under the address with what they are, and with credentials. The other
// such addresses are link-local.
func isMetadata(a netip.Addr) bool {
	switch a.String() {
	case "fd00:ec2::254", // Amazon EC2
		"fd20:ce::254",    // Google Cloud
		"100.100.100.200", // Alibaba Cloud
		"168.63.129.16",   // Microsoft Azure
		"192.0.0.192":     // Oracle Cloud
		return true
	}
	return false
}

// inner is the IPv4 address that an IPv6 address stands for: mapped (RFC 4291) or through NAT64 (RFC 6052).
func inner(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if b := a.As16(); a.Is6() && b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

// only makes a dialer refuse addresses after names were resolved, so that a name cannot lead elsewhere than it was looked at for.
func only(allowed func(netip.Addr) bool) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(a.Addr()) {
			return fmt.Errorf("no identity provider is asked at %s", address)
		}
		return nil
	}
}
