package pki

import (
	"crypto/x509"
	"net"
	"slices"
	"strings"
)

// What the authority may sign for beside the server's own names: domains that nobody owns (RFC 6761, RFC 6762, RFC 8375 and
// ICANN's .internal) and addresses that are not routed (RFC 1918, 3927, 4193, 4291, 6598, 1122). They let a server move and be
// renamed inside of its network without new trust.
var (
	permittedDomains = []string{"localhost", "internal", "local", "lan", "home.arpa", "test"}
	permittedRanges  = []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"}
)

// constrain permits what the names need and nothing that belongs to others (RFC 5280 section 4.2.1.10).
func (n *names) constrain(c *x509.Certificate) {
	c.PermittedDNSDomainsCritical = true
	c.PermittedDNSDomains = slices.Clone(permittedDomains)
	for _, cidr := range permittedRanges {
		if _, network, err := net.ParseCIDR(cidr); err == nil {
			c.PermittedIPRanges = append(c.PermittedIPRanges, network)
		}
	}
	for _, base := range n.base {
		if !permitsDomain(c, base) {
			c.PermittedDNSDomains = append(c.PermittedDNSDomains, base)
		}
	}
	for _, ip := range n.ips {
		if !permitsAddress(c, ip) {
			c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
		}
	}
}

// permittedBy reports whether the certificate permits all names.
func (n *names) permittedBy(c *x509.Certificate) bool {
	for _, base := range n.base {
		if !permitsDomain(c, base) {
			return false
		}
	}
	for _, ip := range n.ips {
		if !permitsAddress(c, ip) {
			return false
		}
	}
	return true
}

func permitsDomain(c *x509.Certificate, name string) bool {
	return slices.ContainsFunc(c.PermittedDNSDomains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) })
}

func permitsAddress(c *x509.Certificate, ip net.IP) bool {
	return slices.ContainsFunc(c.PermittedIPRanges, func(r *net.IPNet) bool { return r.Contains(ip) })
}
