// Package bootstrap has the runtimes' own side of the Runtime API: the small programs, one a language, that ask for an invocation, call the function's handler
// and answer. They are written to what "Building Lambda functions with Python" and "... with Node.js" promise to handlers, and to start fast.
package bootstrap

import _ "embed"

// Python runs handlers of the python3.x runtimes.
//
//go:embed bootstrap.py
var Python []byte

// Node runs handlers of the nodejs runtimes.
//
//go:embed bootstrap.mjs
var Node []byte
