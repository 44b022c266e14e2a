package lint

import (
	"net/netip"
	"strings"

	"vauban/engine/policy"
)

// address checks one value of an IP operator.
func (c *checker) address(k *condition, v place) {
	p, ok := prefix(v.Text)
	switch {
	case !ok:
		c.at("TYPE_MISMATCH_IP_RANGE", v, k.name)
	case p != p.Masked():
		c.at("IMPROVE_IP_RANGE", v, p.Masked().String())
	}
}

// prefix reads an address or a range of addresses.
func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// addresses reports private addresses of aws:SourceIp, which requests never come from.
func (c *checker) addresses(k *condition) {
	if k.operator.Comparison != policy.IPAddress || !strings.EqualFold(k.key, "aws:SourceIp") {
		return
	}
	private, public := 0, 0
	for _, v := range k.values {
		p, ok := prefix(v.Text)
		switch {
		case !ok:
			return
		case isPrivate(p):
			private++
		default:
			public++
		}
	}
	code := "PRIVATE_IP_ADDRESS"
	if k.operator.Negated {
		code = "PRIVATE_NOT_IP_ADDRESS"
	}
	switch {
	case private > 0 && public > 0:
		c.at(code+"_SUBSET", k.value)
	case private > 0:
		c.at(code, k.value)
	}
}

// isPrivate says that no address of the range is public.
func isPrivate(p netip.Prefix) bool {
	for _, r := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128"} {
		private := netip.MustParsePrefix(r)
		if private.Contains(p.Addr()) && p.Bits() >= private.Bits() {
			return true
		}
	}
	return false
}
