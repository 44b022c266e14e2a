// Package pdu reads and writes the protocol data units of SMPP 3.4 (Short Message Peer-to-Peer Protocol Specification, section 4): those that binding,
// submitting, delivering and keeping a link need. It is pure: octets in, values out. Sessions are carrier/smpp's.
//
// Start reading at pdu.go; body.go has the units' contents.
package pdu
