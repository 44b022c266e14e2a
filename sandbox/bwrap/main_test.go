//go:build linux && (amd64 || arm64)

package bwrap

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"vauban/sandbox/inside"
)

func TestMain(m *testing.M) {
	inside.Main(os.Args[1:])
	goleak.VerifyTestMain(m)
}
