// Package retry reads SNS's delivery policies and says when a delivery that failed is tried again. It is pure.
//
// AWS documentation: "Amazon SNS message delivery retries". A policy has four phases: retries without delay, with the least delay, with a growing
// delay, and with the greatest. Start reading at [Policy.Delay], then [ParseTopic] and [ParseSubscription].
package retry
