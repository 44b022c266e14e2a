package inside

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Command is the argument that makes the program the first process of a sandbox. A program that does not know it takes it for a wrong flag, and ends.
const Command = "--vauban-sandbox-init"

// Socket is the descriptor over which the host talks.
const Socket = 4

// Orders is what the host wants of a sandbox.
type Orders struct {
	Addresses []string // IP addresses to be had beside those of loopback
	Listen    []string // host:port, each one listener, given to the host in this order
	UID, GID  int      // to become; 0 stays who it is
	Limits    []Limit
	Argv, Env []string
	Probe     string // instead of Argv: tell what the sandbox is like, and whether this file of the host is seen
	Dir       string
}

// Limit is one of setrlimit(2).
type Limit struct {
	Resource int
	Value    uint64
}

// Report is what the sandbox says before the code runs. With an empty Error the listeners come along.
type Report struct {
	Error string
	Code  bool // the error is the code's: its program cannot be started
}

// Go is the byte by which the host, which then has the listeners, lets the code begin.
const Go = 'g'

// maxOrders bounds a message: the environment of a function has 4 kB, credentials and paths some more.
const maxOrders = 1 << 20

// WriteOrders sends orders.
func WriteOrders(w io.Writer, o *Orders) error {
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	if len(b) > maxOrders {
		return fmt.Errorf("orders of %d bytes: at most %d", len(b), maxOrders)
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func readOrders(r io.Reader) (*Orders, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, fmt.Errorf("read the orders: %w", err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxOrders {
		return nil, fmt.Errorf("orders of %d bytes", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("read the orders: %w", err)
	}
	var o Orders
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, fmt.Errorf("read the orders: %w", err)
	}
	return &o, nil
}
