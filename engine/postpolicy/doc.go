// Package postpolicy checks the policy document of an upload by an HTML form: until when it holds, what the form's fields must say, and how
// large the file may be. It is pure; the signature over the document is the gateway's to check.
//
// S3 API Reference: "POST Policy". Start reading at [Parse].
package postpolicy
