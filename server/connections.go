package server

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// bounded is a listener that closes connections beyond its limits at once, before a handshake costs anything. A flood from one address
// leaves room for the others.
type bounded struct {
	net.Listener
	total, perSource int

	mu     sync.Mutex
	open   int
	source map[netip.Addr]int
}

func newBounded(l net.Listener, total, perSource int) *bounded {
	return &bounded{Listener: l, total: min(total, descriptors()), perSource: perSource, source: map[netip.Addr]int{}}
}

// descriptors is how many files the process may have open, less a quarter for everything but connections.
func descriptors() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur > 1<<30 {
		return 1 << 30
	}
	return int(l.Cur / 4 * 3)
}

// Accept waits for a connection within the limits.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := sourceOf(c)
		if b.enter(source) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { b.leave(source) })}, nil
		}
		_ = c.Close()
	}
}

func (b *bounded) enter(source netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open >= b.total || b.source[source] >= b.perSource {
		return false
	}
	b.open++
	b.source[source]++
	return true
}

func (b *bounded) leave(source netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	if b.source[source]--; b.source[source] == 0 {
		delete(b.source, source)
	}
}

// sourceOf is the peer's address, of IPv6 its /64: one host commands a whole /64.
func sourceOf(c net.Conn) netip.Addr {
	p, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	a := p.Addr().Unmap().WithZone("")
	if a.Is6() {
		if net64, err := a.Prefix(64); err == nil {
			return net64.Addr()
		}
	}
	return a
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection and gives its place free.
func (c *counted) Close() error {
	err := c.Conn.Close()
	c.leave()
	return err
}
