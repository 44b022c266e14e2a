// Package lease lets one of several replicas do a job at a time.
//
// A lease is a document with a holder, an expiry and an epoch, which grows with every acquisition. The expiry only saves
// double work: clocks differ and processes pause, so a job's transactions call [Lease.Check], which fails once another replica has taken the
// lease, whatever the clocks say.
//
// This package must not do the job's work. Start reading at [Leases.Hold].
package lease
