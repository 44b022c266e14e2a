// Package otp checks the codes of virtual MFA devices: HOTP (RFC 4226) and TOTP (RFC 6238) with SHA-1, six digits and steps of
// 30 seconds, which is all that authenticator apps and AWS's virtual devices agree on.
//
// It is pure: seed, code and time go in. That a code is not used twice is decided here too, from the step that the caller has
// stored: see [Verify]. Limiting the number of attempts is the caller's; a code has one chance in 333,333 to be guessed.
//
// Start reading at [Verify]; [VerifyPair] is for enabling and resynchronising a device.
package otp
