package service

import "context"

// Website is implemented by services that people and machines reach with a plain GET, without a signature: files that anybody may fetch, and pages that
// show what came of a link that was opened.
type Website interface {
	// File is what a path holds, nil when the path is none of the service's.
	File(ctx context.Context, path string) (*File, error)

	// Page shows the outcome of an operation to somebody who opened a link in a browser. in is nil when it could not be read.
	Page(operation string, in, out any, err error) *File
}

// File is what a GET answers.
type File struct {
	Type string // of its content
	Body []byte
}
