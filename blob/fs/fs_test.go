package fs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"vauban/blob"
	"vauban/blob/blobtest"
)

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func leftovers(t testing.TB, s *Store) int {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.root, tmpDir))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestConformance(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Driver {
		s := openStore(t, filepath.Join(t.TempDir(), "blobs"))
		return blobtest.Driver{
			Store: s,
			Raw: func(t testing.TB, id string) []byte {
				_, path := s.place(id)
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				return b
			},
			SetRaw: func(t testing.TB, id string, b []byte) {
				_, path := s.place(id)
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			},
			Leftovers: func(t testing.TB) int { return leftovers(t, s) },
		}
	})
}

func TestModes(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "blobs"))
	if _, err := s.Put(t.Context(), "x", &blob.DataKey{}, bytes.NewReader([]byte("x"))); err != nil {
		t.Fatal(err)
	}
	err := filepath.Walk(s.root, func(path string, info os.FileInfo, err error) error {
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// brokenFile fails after some bytes.
type brokenFile struct {
	file
	room int
	err  error
	sync error
}

func (f *brokenFile) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return 0, f.err
	}
	f.room -= len(p)
	return f.file.Write(p)
}

func (f *brokenFile) Sync() error {
	if f.sync != nil {
		return f.sync
	}
	return f.file.Sync()
}

func TestFullDisk(t *testing.T) {
	key, before := &blob.DataKey{}, []byte("before")
	for _, tt := range []struct {
		name string
		f    brokenFile
		want error
	}{
		{"no space at once", brokenFile{err: syscall.ENOSPC}, blob.ErrFull},
		{"no space in a chunk", brokenFile{err: syscall.ENOSPC, room: 100_000}, blob.ErrFull},
		{"over quota", brokenFile{err: syscall.EDQUOT, room: 100_000}, blob.ErrFull},
		{"no space at sync", brokenFile{room: 1 << 30, sync: syscall.ENOSPC}, blob.ErrFull},
		{"input/output error", brokenFile{err: syscall.EIO, room: 10}, syscall.EIO},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openStore(t, t.TempDir())
			if _, err := s.Put(t.Context(), "x", key, bytes.NewReader(before)); err != nil {
				t.Fatal(err)
			}
			s.create = func(path string) (file, error) {
				f, err := createFile(path)
				broken := tt.f
				broken.file = f
				return &broken, err
			}
			if _, err := s.Put(t.Context(), "x", key, bytes.NewReader(make([]byte, 300_000))); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			checkContent(t, s, "x", before)
			if n := leftovers(t, s); n != 0 {
				t.Errorf("%d files left", n)
			}
		})
	}
}

// TestRealFullDisk fills a small file system, where the system lets us mount one.
func TestRealFullDisk(t *testing.T) {
	dir := mountSmall(t, "512k")
	s := openStore(t, dir)
	key, small := &blob.DataKey{}, make([]byte, 100_000)
	if _, err := s.Put(t.Context(), "small", key, bytes.NewReader(small)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Put(t.Context(), "large", key, bytes.NewReader(make([]byte, 1<<20))); !errors.Is(err, blob.ErrFull) {
			t.Fatalf("got %v, want ErrFull", err)
		}
	}
	if n := leftovers(t, s); n != 0 {
		t.Errorf("%d files left", n)
	}
	checkContent(t, s, "small", small)
	if _, err := s.Put(t.Context(), "other", key, bytes.NewReader(small)); err != nil {
		t.Errorf("there is room, but: %v", err)
	}
}

func checkContent(t *testing.T, s *Store, id string, want []byte) {
	t.Helper()
	o, err := s.Open(t.Context(), id, &blob.DataKey{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if got, err := io.ReadAll(o.Range(t.Context(), 0, o.Size())); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes, %v; want %d", len(got), err, len(want))
	}
}

func TestSweepSparesPutsUnderWay(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if err := os.WriteFile(filepath.Join(dir, tmpDir, "dead"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := s.Put(context.Background(), "live", &blob.DataKey{}, pr)
		done <- err
	}()
	if _, err := pw.Write([]byte("hello")); err != nil { // Put is reading: its file exists and is locked
		t.Fatal(err)
	}
	openStore(t, dir) // another process's start
	if n := leftovers(t, s); n != 1 {
		t.Errorf("%d temporary files, want that of the put under way", n)
	}
	pw.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	checkContent(t, s, "live", []byte("hello"))
}

const crashDir = "BLOB_TEST_CRASH_DIR"

// TestMain lets the test binary be the process that is killed: it puts objects for ever, telling the ID of each that is durable.
func TestMain(m *testing.M) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		id := fmt.Sprintf("object-%d-%d", os.Getpid(), i)
		if _, err := s.Put(context.Background(), id, &blob.DataKey{}, bytes.NewReader(crashContent(i))); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(id, i)
	}
}

func crashContent(i int) []byte {
	return bytes.Repeat([]byte{byte(i), byte(i >> 8), 1}, 40_000+i*1000)
}

func TestKilledProcess(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for round := range 5 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		durable := map[string]int{}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var id string
			var i int
			if _, err := fmt.Sscan(lines.Text(), &id, &i); err != nil {
				t.Errorf("the process says %q", lines.Text())
				break
			}
			durable[id] = i
			if len(durable) == 3+4*round {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()

		s := openStore(t, dir)
		if n := leftovers(t, s); n != 0 {
			t.Errorf("%d files left after the sweep", n)
		}
		for id, i := range durable {
			checkContent(t, s, id, crashContent(i))
		}
		// Also objects whose Put was not heard to end are whole.
		err = s.List(t.Context(), func(i blob.Info) error {
			o, err := s.Open(t.Context(), i.ID, &blob.DataKey{})
			if err != nil {
				return err
			}
			defer o.Close()
			_, err = io.Copy(io.Discard, o.Range(t.Context(), 0, o.Size()))
			return err
		})
		if err != nil {
			t.Errorf("half an object is visible: %v", err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	s := openStore(b, b.TempDir())
	for _, size := range []int{4 << 10, 8 << 20} {
		data := make([]byte, size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Put(b.Context(), "bench", &blob.DataKey{}, bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	s := openStore(b, b.TempDir())
	const size = 8 << 20
	if _, err := s.Put(b.Context(), "bench", &blob.DataKey{}, bytes.NewReader(make([]byte, size))); err != nil {
		b.Fatal(err)
	}
	for name, n := range map[string]int64{"whole": size, "1kB": 1024} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(n)
			b.ReportAllocs()
			for b.Loop() {
				o, err := s.Open(b.Context(), "bench", &blob.DataKey{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, o.Range(b.Context(), size/2-n/2, n)); err != nil {
					b.Fatal(err)
				}
				if err := o.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
