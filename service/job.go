package service

import (
	"context"
	"net/netip"
	"time"

	"vauban/store"
)

// Job is work that a service does in the background, on one replica at a time unless it says otherwise.
type Job struct {
	Name       string        // of its lease, e.g. "cloudtrail.delivery"
	Every      time.Duration // from the end of one turn to the next
	Run        func(w *Work) error
	Everywhere bool // on every replica, without a lease: for what a replica holds in its own memory
}

// Working is implemented by services that have jobs. An error of a job is logged, and its next turn tries again.
type Working interface {
	Jobs() []Job
}

// Residing is implemented by services that keep something in order on every replica, such as processes and connections.
type Residing interface {
	// Reside returns when the work ends: with the server. It cleans up before.
	Reside(w *Work)
}

// Work is one turn of a job. It ends when the server does or another replica has taken the job over.
type Work struct {
	context.Context
	Time      time.Time // when the turn began
	Partition string
	Door      Door

	// Check fails once another replica has taken the job over. Every transaction of a job that writes calls it first.
	Check func(store.Tx) error
}

// Call returns a call that no client made, to reach other services through the door, as a service or a role.
func (w *Work) Call(account, region string) *Call {
	return &Call{
		Context: w, Account: account, Region: region, Partition: w.Partition, Time: w.Time, SourceIP: netip.IPv4Unspecified(), Secure: true, Door: w.Door,
	}
}
