// Package runtimeapi is the Lambda Runtime API, version 2018-06-01, as one execution environment sees it: next, response, error, init/error ("Using the
// Lambda runtime API for custom runtimes"). It holds the state machine that the code must follow, bounds what the code sends, and knows nothing of how
// the code is isolated. Start reading at server.go.
package runtimeapi
