// Package sqs is Amazon SQS: standard and FIFO queues whose messages are documents in the store, with the time at which each can be received.
// There is no broker: what a client was told is kept has been committed, with the record of the call.
//
// Start reading at message.go (how messages lie in the store), then send.go, receive.go (waiting and looking) and take.go (the one transaction
// that receives). group.go is what FIFO queues add.
//
// # How messages lie
//
// A queue has a space; purging and deleting give its messages up by leaving the space, which a job sweeps. A [Message] is found by space, lane
// and number. A [Due] says when a message, or the next one of a FIFO queue's group, can be received; dues are ordered by time, so that receiving
// reads the first few and the time of the next one that will be due. Nothing counts for a whole queue: no document is written by every send.
//
// Receiving looks on a snapshot, claims what it sees against other receivers of the same replica, and then takes it in one transaction, which
// finds out whether another replica was faster. Retention and the way to the dead-letter queue are part of that transaction.
//
// Contents are sealed: under the ring of this deployment, always, or with SSE-KMS under a data key of KMS, which a principal uses again for the
// queue's reuse period. They are bound to the message's ID.
//
// # Differences from AWS
//
//   - Only the JSON protocol is spoken; SDKs from before 2023 used the query protocol.
//   - SqsManagedSseEnabled=false is kept and shown, but messages are sealed at rest all the same.
//   - Counts are exact for the moment, except for queues with thousands of messages, where they may be some tenths of a second old.
//   - A standard queue delivers once unless a visibility timeout passes, and nearly in order. That is better than promised, do not rely on it.
//   - A fair queue looks at the first 200 messages that are due and takes turns between the groups among them.
//   - FIFO queues have no limit of calls a second: FifoThroughputLimit is kept and has no need to do anything.
//   - Message move tasks keep the order within a group, and a message moved has the ID that it had.
//   - A queue policy may name any action of SQS; AWS refuses some.
package sqs
