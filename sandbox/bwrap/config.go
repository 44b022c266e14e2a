package bwrap

import (
	"log/slog"
	"time"
)

// Config of a host. The zero value with Dir set works.
type Config struct {
	Dir     string           // work directory, made with mode 0700; what is in it is removed
	Program string           // the isolator; "" is bwrap in PATH
	Init    string           // the program that runs first in a sandbox, and calls inside.Main; "" is this one
	Clock   func() time.Time // that deadlines are told in; nil is time.Now
	Logger  *slog.Logger     // nil discards
}
