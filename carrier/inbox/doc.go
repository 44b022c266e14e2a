// Package inbox receives what the carriers send: a mail server that takes every letter (mailbox.go) and a short message centre that takes every text
// (phone.go), small but real, on loopback. The demo shows with them what arrives, and tests wait on them. They forward nothing and keep what they
// get in memory, so that they are no servers for production.
package inbox
