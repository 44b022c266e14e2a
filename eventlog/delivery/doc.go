// Package delivery is the queue of outbound work: what is to be sent to an endpoint, an address, a bucket or a function, until it has
// arrived or is given up.
//
// Start reading at [Queue.Enqueue], which joins the transaction that has the reason to send, and [Queue.Deliver], which sends.
//
// This package must not know what is sent or how: a sender does, one for each kind. It delivers at least once; senders give the
// receiver [Delivery.ID] to recognise what it got before.
//
// # How it works
//
// A delivery is a document whose key begins with its kind and target, then its due time: the work of a target is a list of its own, and a
// small document for each target that has any says when to look at it next. So a dead endpoint with a long list costs nobody else
// anything: a round looks at targets, not deliveries, and each target has a bounded share of the workers.
//
// Claiming a delivery moves its due time to the end of a lease and raises its epoch. A worker that dies is thereby overtaken when
// the lease ends; one that was only slow finds another epoch and leaves the result to who has taken over.
package delivery
