// Package wire reads and writes the AWS protocols for the structs that internal/gen generates: awsJson 1.0 and 1.1, awsQuery, ec2Query,
// restJson1, restXml and rpcv2Cbor, always from the server's side: requests are decoded, responses and errors encoded.
//
// It has no behaviour of a service: it does not route by host or credential, authenticate, or know a resource. It keeps no package state:
// what it learns of a Go type by reflection (a plan) is kept in the [Service] that the type belongs to.
//
// Every input is bounded: depth (maxDepth), list and map elements of one request (maxElements), and by the caller the body itself. No
// input makes it panic. Strings of a decoded query request share one backing array.
//
// # Where to start
//
// model.go is what generated code fills in. [Decode], [Validate], [Encode] and [EncodeError] are the way of a request; [Router] finds the
// operation of a REST request; [AppendRecord] is the CloudTrail view of an input or output. plan.go turns a struct type and its `api` tags
// into a plan; each protocol has a *_read.go and a *_write.go that walk it.
//
// # The api tag
//
// A field's tag is a comma-separated list. Its first part is the member's name in the model, empty when it equals the Go name. Then, in any order:
//
//	required                the member must be present
//	header=N query=N label  bound to a header, a query key, a path label
//	prefix=P params status  bound to all headers with a prefix, all other query keys, the status code
//	payload events          the body itself; a payload that is an event stream
//	xml=N json=N ec2=N      name in XML and awsQuery, in restJson1, in ec2Query
//	flat attr xmlns=U xmlprefix=P   XML form
//	sensitive               never in messages and records
//	ts=F media=T            timestamp format, media type
//	i8 i16 i32 f32          width of the number
//	is=S                    the row of Service.Shapes with the constraints of the value
package wire
