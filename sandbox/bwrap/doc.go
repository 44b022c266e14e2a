// Package bwrap isolates functions with bubblewrap: every instance has namespaces of its own for processes, mounts, network, users, IPC, host name and
// control groups; it sees the host's programs read-only, its code, its layers and a /tmp of its own, and nothing else of the host. It has no capability,
// a system call filter, an own user ID (when the server is root), limits of memory, processes, files and CPU, and no network but listeners that the host
// serves: the Runtime API, and, where asked for, one address of the API.
//
// New starts a sandbox and judges from inside whether it isolates; without that proof there is no Host. Start reading at host.go, then start.go.
package bwrap
