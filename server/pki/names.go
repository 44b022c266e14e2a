package pki

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// names are the subjects of server certificates.
type names struct {
	dns  []string // with wildcards
	ips  []net.IP
	base []string // DNS names without their wildcards
}

// newNames collects localhost, the loopback addresses, the host's name and the extra names. Each DNS name N comes with *.N and
// *.s3.N, under which S3 clients address buckets.
func newNames(hostname string, extra []string) (names, error) {
	n := names{ips: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}}
	n.addDNS("localhost")
	if h := canonical(hostname); isDNSName(h) { // whatever a machine calls itself must not keep the server from starting
		n.addDNS(h)
	}
	for _, name := range extra {
		if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil && ip.Zone() == "" {
			if b := net.IP(ip.Unmap().AsSlice()); !slices.ContainsFunc(n.ips, b.Equal) {
				n.ips = append(n.ips, b)
			}
			continue
		}
		name = canonical(name)
		if base, wildcard := strings.CutPrefix(name, "*."); wildcard && isDNSName(base) {
			n.add(name, base)
			continue
		}
		if !isDNSName(name) {
			return n, fmt.Errorf("%q is neither a DNS name nor an IP address: give names like vauban.example.com or 192.0.2.1, without scheme or port (internationalised names as xn--…)", name)
		}
		n.addDNS(name)
	}
	return n, nil
}

func canonical(name string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), ".")
}

func (n *names) addDNS(name string) {
	n.add(name, name)
	n.add("*."+name, name)
	n.add("*.s3."+name, name)
}

func (n *names) add(subject, base string) {
	if !slices.Contains(n.dns, subject) {
		n.dns = append(n.dns, subject)
	}
	if !slices.Contains(n.base, base) {
		n.base = append(n.base, base)
	}
}

func (n *names) list() []string {
	all := slices.Clone(n.dns)
	for _, ip := range n.ips {
		all = append(all, ip.String())
	}
	return all
}

// isDNSName reports whether certificates can carry the name, and clients compare it: labels of letters, digits, hyphens and
// underscores (RFC 1035 section 2.3.1, widened as in practice), at most 244 bytes so that the wildcards fit.
func isDNSName(name string) bool {
	if name == "" || len(name) > 244 {
		return false
	}
	digits := true
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			switch c := label[i]; {
			case 'a' <= c && c <= 'z', c == '-', c == '_':
				digits = false
			case '0' <= c && c <= '9':
			default:
				return false
			}
		}
	}
	return !digits // "10.0.0" is a mistyped address
}
