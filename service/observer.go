package service

import (
	"time"

	"vauban/api/wire"
)

// Observer is implemented by services that make metrics of the requests that they get.
type Observer interface {
	// Observe is told of each request when it has been answered, and of each call through the internal door. It must not wait.
	Observe(o *Observation)
}

// Observation is a request that has been answered.
type Observation struct {
	Operation *wire.Operation
	Labels    map[string]string // of the path, escaped as the client sent it; nil for internal calls
	Call      *Call             // nil when nobody was proved to have made it, or it could not be decoded
	In        any               // nil likewise
	Status    int               // of the answer
	Received  int64             // bytes of the request's body
	Sent      int64             // and of the answer's
	Time      time.Time         // when it came
	FirstByte time.Duration     // from its end to the beginning of the answer
	Total     time.Duration     // from its beginning to the end of the answer
}
