// Package sns is Amazon SNS: topics, subscriptions by queue, function, web address, mail and phone, and the deliveries to them. A message that a
// publisher was told is taken has been committed, with the record of the call and its first deliveries.
//
// Start reading at message.go (what waits in the store), then publish.go, fanout.go (from a message to its deliveries) and send.go (from a delivery to its
// end). Each protocol has a file: queue.go, function.go, web.go, mail.go, sms.go.
//
// # How messages wait
//
// A [Message] lies once in the store with its sealed content, however many subscribers it has. A [Pending] document says which deliveries have not ended,
// and package eventlog/delivery holds one delivery for each, so that an endpoint that hangs or fails costs its neighbours nothing. A publication looks at
// the first hundred subscriptions itself; a sender does the others, a page in each transaction. The message goes with its last delivery.
//
// Deliveries of a FIFO topic stand in lines, one for each subscription and group; only the first of a line is sent, and its end starts the next.
//
// # Differences from AWS
//
// They are in docs/topics.md: what the certificate's address looks like, what is refused because it is not built, and how texts are priced.
package sns
