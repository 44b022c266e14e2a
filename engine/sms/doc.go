// Package sms is the alphabet of short messages: which text fits the GSM 7-bit default alphabet (3GPP TS 23.038, formerly GSM 03.38) and which needs
// UCS-2, and how a long one is cut into parts that a phone puts together again (3GPP TS 23.040, section 9.2.3.24.1). It sends nothing.
//
// Start reading at split.go.
package sms
