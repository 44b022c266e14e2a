//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// forwarded are as many connections as an instance has to the API at once.
const forwarded = 64

// forward carries what the code says to the API's address, and to no other: the listener is in the sandbox, the address is the host's choice.
// The returned function ends it, and waits.
func forward(l net.Listener, address string, number uint64) (stop func()) {
	from := sourceOf(address, number)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	free := make(chan struct{}, forwarded)
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			select {
			case free <- struct{}{}:
				running.Go(func() {
					defer func() { <-free }()
					carry(ctx, c, from, address)
				})
			default:
				c.Close()
			}
		}
	})
	return func() {
		cancel()
		l.Close()
		running.Wait()
	}
}

// sourceOf is the address that an instance's connections come from: where the API is on IPv4's loopback, one of its own, so that what the API counts and
// limits by address is not shared with the host's people. Elsewhere it is the host's.
func sourceOf(address string, number uint64) net.Addr {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Is4() || !to.Addr().IsLoopback() {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, 77, byte(number>>8), byte(number))}
}

// carry joins a connection to a new one, both ways, until either ends.
func carry(ctx context.Context, code net.Conn, from net.Addr, address string) {
	defer code.Close()
	api, err := (&net.Dialer{Timeout: 10 * time.Second, LocalAddr: from}).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer api.Close()
	defer context.AfterFunc(ctx, func() { api.Close(); code.Close() })()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{code, api}, {api, code}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			if half, ok := way[0].(*net.TCPConn); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
}
