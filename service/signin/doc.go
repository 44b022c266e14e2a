// Package signin is the sign-in endpoint: it turns the password of a user or of root, with an MFA code where there is a device, into
// temporary credentials of at most twelve hours. The console and `vauban login` use it.
//
// It knows no users and no passwords: a [service.Prover] does, which package iam is. It decides what a client may learn of a refusal, and
// what the record of it says. A forced change of the password goes through the internal door as the user's own iam:ChangePassword, so
// that policies can forbid it and a record of it stays.
//
// The endpoint takes calls without a signature. They pass authorisation like all others: a policy of the endpoint itself, in
// authz.go, allows everybody to try.
//
// Differences from AWS: AWS publishes no API for sign-in; this one is our own. Its records are CloudTrail's ConsoleLogin events. Start
// reading at [Service.consoleLogin].
package signin
