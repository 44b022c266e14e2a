// Package alarm decides the state of an alarm: of a metric alarm from its datapoints, however many of them are missing, and of a composite alarm from the states of
// others. It is pure: where datapoints and states come from, and what follows from a change, is not its concern.
//
// Start reading at [Threshold.Evaluate], which is the section "How alarm state is evaluated when data is missing" of the CloudWatch User Guide, and at [ParseRule].
package alarm
