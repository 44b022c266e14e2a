// Package selector decides which events of the log an advanced event selector of CloudTrail selects, for trails and event data stores.
//
// It is pure: a record goes in, a decision comes out. Start reading at [Selectors.Match]; [Selectors.Check] says what a selector may ask
// for. CloudTrail User Guide: "Filtering data events by using advanced event selectors" and "How CloudTrail evaluates multiple
// conditions for a field".
package selector
