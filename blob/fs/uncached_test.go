package fs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"vauban/blob"
)

func TestUncached(t *testing.T) {
	data := make([]byte, 3*blockSize+5000)
	for i := range data {
		data[i] = byte(i * 2654435761 >> 13)
	}
	for _, tt := range []struct {
		name  string
		size  int
		piece int
	}{
		{"nothing", 0, 1},
		{"less than a block", 5000, 1000},
		{"a block", blockSize, 4096},
		{"a block and a byte", blockSize + 1, blockSize + 1},
		{"two blocks", 2 * blockSize, 65_552},
		{"odd pieces", 3*blockSize + 4999, 77_777},
		{"all at once", 3*blockSize + 5000, 3*blockSize + 5000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			f, err := createFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for p := data[:tt.size]; len(p) > 0; {
				k := min(tt.piece, len(p))
				if n, err := f.Write(p[:k]); n != k || err != nil {
					t.Fatalf("%d of %d bytes, %v", n, k, err)
				}
				p = p[k:]
			}
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data[:tt.size]) {
				t.Errorf("%d bytes of %d are back, or others: %v", len(got), tt.size, err)
			}
		})
	}
}

// TestDirectStays has a file system that can do it take all blocks directly: none was refused for its alignment.
func TestDirectStays(t *testing.T) {
	f, err := createFile(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	u := f.(*uncached)
	if err := setDirect(u.File, true); err != nil {
		t.Skipf("%s, and this file system: %v", runtime.GOOS, err)
	}
	if err := setDirect(u.File, false); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Write(make([]byte, 3*blockSize+1)); err != nil {
		t.Fatal(err)
	}
	if at := uintptr(unsafe.Pointer(u.block)); at%4096 != 0 {
		t.Errorf("the block is at %x", at)
	}
	if !u.direct {
		t.Error("the writes are ordinary ones")
	}
	if u.n != 1 {
		t.Errorf("%d bytes are left for Sync", u.n)
	}
}

// TestDirectRefused has the kernel refuse a block that is not aligned: it is written all the same.
func TestDirectRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	f, err := createFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	u := f.(*uncached)
	if _, err := u.File.WriteString("abc"); err != nil { // from here on, no block begins where one of the disk does
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 3*blockSize/16)
	if _, err := u.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := u.Sync(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got[:3]) != "abc" || !bytes.Equal(got[3:], data) {
		t.Errorf("%d bytes of %d are back, or others: %v", len(got), 3+len(data), err)
	}
}

// TestDiskFullUncached fills a small file system after the first block, where the system lets us mount one.
func TestDiskFullUncached(t *testing.T) {
	dir := mountSmall(t, "5m")
	s := openStore(t, dir)
	for range 3 {
		if _, err := s.Put(t.Context(), "large", &blob.DataKey{}, bytes.NewReader(make([]byte, 8<<20))); !errors.Is(err, blob.ErrFull) {
			t.Fatalf("got %v, want ErrFull", err)
		}
	}
	if n := leftovers(t, s); n != 0 {
		t.Errorf("%d files left", n)
	}
	fits := make([]byte, 3<<20)
	if _, err := s.Put(t.Context(), "fits", &blob.DataKey{}, bytes.NewReader(fits)); err != nil {
		t.Errorf("there is room, but: %v", err)
	}
	checkContent(t, s, "fits", fits)
}

// mountSmall mounts a file system of the size on a directory of the test, or skips it.
func mountSmall(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("mounting a small file system needs a privilege: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
