// Package contributors keeps what the rules of Contributor Insights have counted: for each rule a summary of each minute, sealed.
//
// What one call of PutLogEvents brings is written with its events, in one transaction, as an arrival of its own, so that writers never wait for each other. A job
// folds arrivals into the minutes. Readers see both: what has come counts at once, and once.
// Of an account so much may wait to be folded: see room.go. What comes beyond is not counted, and the log tells.
//
// A rule is known here by an ID, which is never used twice. Minutes are kept for [Kept]; of a rule that is gone, until the job comes by.
//
// It knows no requests, permissions or definitions of rules: these are in the service, their language in engine/contributor. Start reading at [Room.Prepare] and [Store.Each].
package contributors
