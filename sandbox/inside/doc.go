// Package inside is what runs first in a sandbox: this very program, started by the isolator with the argument of Command. It takes its orders from the
// host over a socket, opens the listeners that the code will reach (they are sockets of the sandbox's own network, which the host then serves), gives up
// everything that the code is not to have, and becomes the runtime. Nothing of it stays. Start reading at main.go.
package inside
