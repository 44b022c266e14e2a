// Package lineage reads and writes trace headers (X-Amzn-Trace-Id) that tell how often each function has run in a chain of invocations, so that a loop
// comes to its end. AWS X-Ray Developer Guide: "Tracing header"; AWS Lambda Developer Guide: "Use Lambda recursive loop detection to prevent infinite
// loops".
//
// A header is short whatever the chain: it names at most [Most] functions, those that were seen most often and the latest. A function that is not named
// counts as never seen: in a chain of more than [Most] functions a count may be too low, but none is made too high by what else has run. Loops of more functions
// come to their end all the same, as those that stay named are counted each time round; and so do loops that a chain comes to after many other functions, as
// the header counts its depth, too, and begins anew at 512 runs, at 1024, and so on.
//
// Nor are counts believed that Lambda did not write: they carry a proof, sealed over them and the root. Whoever keeps a header that he was given may send it
// again within a day of the root, and counts no further than that one had come.
//
// Start reading at header.go.
package lineage
