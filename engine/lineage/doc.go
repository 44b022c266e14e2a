// Package lineage reads and writes trace headers (X-Amzn-Trace-Id) that tell how often each function has run in a chain of invocations, so that a loop
// comes to its end. AWS X-Ray Developer Guide: "Tracing header"; AWS Lambda Developer Guide: "Use Lambda recursive loop detection to prevent infinite
// loops".
//
// A header is short whatever the chain: it names at most [Most] functions. A function that finds no room takes the place, and the count, of the one that was
// seen least, so that a count is never too low.
//
// Start reading at header.go.
package lineage
