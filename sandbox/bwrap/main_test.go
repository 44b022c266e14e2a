//go:build linux && (amd64 || arm64)

package bwrap

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"vauban/sandbox/inside"
)

func TestMain(m *testing.M) {
	inside.Main(os.Args[1:])
	if len(os.Args) == 3 && os.Args[1] == serverArgument {
		fmt.Println(serve(os.Args[2]))
		os.Exit(1)
	}
	code := m.Run()
	if err := theHost.close(); err != nil {
		fmt.Fprintln(os.Stderr, "close the host:", err)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
