// Package lineage reads and writes trace headers (X-Amzn-Trace-Id) that tell how often each function has run in a chain of invocations, so that a loop
// comes to its end. AWS X-Ray Developer Guide: "Tracing header"; AWS Lambda Developer Guide: "Use Lambda recursive loop detection to prevent infinite
// loops".
//
// A header is short whatever the chain: it names at most [Most] functions. A function that finds no room takes the place, and the count, of the one that was
// seen least, so that in a chain of one account a count is never too low. Functions of other accounts do not count for one that is not named: in a chain of more
// than [Most] functions of several accounts a count may be too low, but none is made too high by strangers.
//
// Nor are counts believed that Lambda did not write: they carry a proof, sealed over them and the root. Whoever keeps a header that he was given may send it
// again, and counts no further than that one had come.
//
// Start reading at header.go.
package lineage
