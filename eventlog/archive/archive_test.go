package archive_test

import (
	"testing"

	"vauban/eventlog/archive"
	"vauban/eventlog/archive/archivetest"
)

func TestMemory(t *testing.T) {
	archivetest.Run(t, func(testing.TB) archive.Driver { return &archive.Memory{} })
}
