package service

import "vauban/eventlog/delivery"

// Sender sends what a service has put into [Deps.Outbound] under the kind. All replicas send.
type Sender struct {
	Kind string // of the deliveries, e.g. "sns.http"

	// Send sends one delivery. nil is an arrival, an error is tried again later, unless it is delivery.Permanent.
	Send func(w *Work, d *delivery.Delivery) error
}

// Sending is implemented by services that send.
type Sending interface {
	Senders() []Sender
}
