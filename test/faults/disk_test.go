package faults

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestDiskFull fills a small file system under the storm, and makes room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=12m,mode=700"); err != nil {
		t.Skipf("SKIP: mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	r := start(t, data)
	ballast := filepath.Join(data, "ballast") // something else takes the space
	var s storm
	for _, size := range []int{5 << 20, 12 << 20} { // room for a while, and none at all
		if err := os.WriteFile(ballast, make([]byte, size), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		var refused atomic.Int64
		s.rise(r, fmt.Sprint("s", size), func(a reply, err error) bool {
			if err != nil || a.status != http.StatusServiceUnavailable || a.code != "ServiceUnavailable" {
				t.Errorf("a write to a full disk: %v %d %s", err, a.status, a.body)
				return false
			}
			if strings.Contains(a.body, "full") { // else a busy machine has kept the replica from the store for too long
				refused.Add(1)
			}
			return true
		})
		eventually(t, "readiness says that the storage is full", func() bool {
			status, reason := r.ready()
			return status == http.StatusServiceUnavailable && reason == "the storage is full"
		})
		eventually(t, "a call that cannot be recorded is refused", func() bool {
			a, err := r.call(r.admin, "sts", "GetCallerIdentity")
			return err == nil && a.status == http.StatusServiceUnavailable
		})
		s.calm()
		if refused.Load() == 0 {
			t.Error("no client was told that the disk is full")
		}
		t.Logf("%d bytes taken: %d acknowledged, %d refused", size, s.count.Load(), refused.Load())
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the server is ready again", func() bool { status, _ := r.ready(); return status == http.StatusOK })
		r.alive()
		s.check(r)
		r.must(r.admin, "iam", "CreateUser", "UserName", fmt.Sprint("after", size))
	}
	r.kill()
	s.check(start(t, data))
}
