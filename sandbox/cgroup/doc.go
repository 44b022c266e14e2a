// Package cgroup limits groups of processes: memory, number of processes, share of the CPUs, and freezes them between invocations. It uses what the host
// has, version 1 hierarchies or version 2 where it is delegated, says what it cannot limit and why, and never touches a group that it did not make.
// Start reading at host.go.
package cgroup
