// Package smsgateway sends texts through a provider's HTTP API: one POST for each text, in JSON or as a form, with a bearer token or basic
// authentication. The provider cuts long texts into parts.
//
// Providers differ in the names of fields; config.go says which can be chosen. Who needs more than that puts a small service of its own between.
// Start reading at sender.go.
package smsgateway
