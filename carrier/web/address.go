package web

import (
	"fmt"
	"net/netip"
	"slices"

	"vauban/carrier"
)

// judge says whether a customer may have this address connected to.
type judge struct {
	allow  []netip.Prefix // by the operator
	closed []netip.Prefix
}

// newJudge closes what the IANA's registries of special-purpose addresses (RFC 6890) hold, and of IPv6 all but global unicast.
func newJudge(allow []netip.Prefix) *judge {
	j := &judge{}
	for _, p := range allow {
		j.allow = append(j.allow, unmapped(p).Masked())
	}
	for _, text := range []string{
		"0.0.0.0/8",       // this network: reaches the host itself
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // shared by carriers' NAT
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link-local, metadata services
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.31.196.0/24", // AS112
		"192.52.193.0/24", // AMT
		"192.88.99.0/24",  // 6to4 relays
		"192.168.0.0/16",  // private
		"192.175.48.0/24", // AS112
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, broadcast
		"2001::/23",       // protocol assignments, Teredo among them: it carries an IPv4 address
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4: carries an IPv4 address
		"2620:4f:8000::/48",
		"3fff::/20", // documentation
	} {
		j.closed = append(j.closed, netip.MustParsePrefix(text))
	}
	return j
}

// unmapped is a prefix of IPv4-mapped addresses as one of IPv4.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// check returns [carrier.ErrForbiddenAddress] for an address that is closed.
func (j *judge) check(a netip.Addr) error {
	a = embedded(a.Unmap().WithZone(""))
	contains := func(p netip.Prefix) bool { return p.Contains(a) }
	switch {
	case slices.ContainsFunc(j.allow, contains):
		return nil
	case a.Is6() && !netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3).Contains(a), slices.ContainsFunc(j.closed, contains):
		return fmt.Errorf("%s: %w", a, carrier.ErrForbiddenAddress)
	}
	return nil
}

// embedded is the IPv4 address that a NAT64 reaches for an address of its well-known prefix (RFC 6052), or the address itself.
func embedded(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	if [12]byte(b[:12]) == [12]byte{0, 0x64, 0xff, 0x9b} {
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}
