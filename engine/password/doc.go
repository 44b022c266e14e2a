// Package password decides whether a console password satisfies the account's password policy, in AWS's words, and turns
// passwords into argon2id hashes (RFC 9106) and back into a yes or no.
//
// It is pure: randomness is passed in, nothing is kept. A hash costs tens of milliseconds of CPU and tens of mebibytes on purpose;
// how many run at once is the caller's to bound. Whether a password was used before is the caller's too, who has the old hashes;
// the wording is here, [ReuseViolation].
//
// Start reading at [Violation] and [Hash].
//
// AWS documentation: "Set an account password policy for IAM users".
package password
