// Package carrier takes messages out of the house: mail, SMS, and HTTPS requests to endpoints that customers name. Its drivers are in
// carrier/smtp, carrier/smpp, carrier/smsgateway and carrier/web.
//
// A carrier sends once and says how it went; queueing, retries and dead letters belong to eventlog/delivery. A carrier that is not configured is
// nil where it is asked for: the service then reports each delivery as failed, with that reason.
package carrier
