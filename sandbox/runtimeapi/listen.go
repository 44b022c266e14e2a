package runtimeapi

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections are as many as an environment holds open at once: a runtime needs one.
const connections = 8

// Serve answers on a listener until it is closed. It returns at once; stop ends everything, and waits for it.
func (s *Server) Serve(l net.Listener) (stop func()) {
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // what the code gets wrong is told to the code
	}
	var running sync.WaitGroup
	running.Go(func() { _ = h.Serve(&few{Listener: l, free: make(chan struct{}, connections)}) })
	return func() {
		_ = h.Close()
		running.Wait()
	}
}

// few is a listener with a bound: connections beyond it are closed, so that the code cannot use up the host's descriptors.
type few struct {
	net.Listener
	free chan struct{}
}

func (f *few) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case f.free <- struct{}{}:
			return &counted{Conn: c, done: sync.OnceFunc(func() { <-f.free })}, nil
		default:
			c.Close()
		}
	}
}

type counted struct {
	net.Conn
	done func()
}

func (c *counted) Close() error {
	defer c.done()
	return c.Conn.Close()
}
