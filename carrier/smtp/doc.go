// Package smtp sends mail through one mail server (RFC 5321), the operator's own or a provider's: with STARTTLS or TLS from the start, AUTH, and
// connections that are used again. It does not look up the recipients' servers: that is the mail server's task.
//
// A 5xx to the recipient or the letter is for good. A 5xx to the sender or to the credentials is not: the operator can mend the configuration, and
// an alarm must not be lost meanwhile.
//
// Start reading at sender.go; config.go says what a mail URL may hold, letter.go keeps headers apart from what customers write.
package smtp
