// Package faults breaks what the built binary stands on while clients work, and checks what they were promised: it kills the process, kills,
// stops and halts PostgreSQL, runs two replicas and kills one, and fills the disk. Every acknowledged call must be there afterwards with its record, no
// change without its record and no record of success without its change, and the server must serve again by itself.
//
// A test that lacks PostgreSQL, or root for a small file system, says SKIP with the reason. Start reading at storm_test.go.
package faults
