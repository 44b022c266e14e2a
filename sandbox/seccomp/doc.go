// Package seccomp is the system call filter of functions: a classic BPF program, written out by hand so that it can be read. What a function has no
// business with (mounts, tracing, kernel modules, keys, BPF, io_uring, namespaces, raw and netlink sockets) fails with an error that programs know
// how to take; what is younger than this list does not exist; a call in another architecture's convention ends the process. It is one layer of
// several: namespaces and missing capabilities refuse most of it too. Start reading at program.go.
package seccomp
