package fs

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// uncached is a file on its way in that goes to the disk past the kernel's cache, once it is larger than a block. Through the cache, the kernel would find
// memory for a copy of it, write that and keep it, at a cost in the order of the encryption's, for an object that may never be read. A file system that
// can't do that (see open(2), O_DIRECT) gets ordinary writes.
type uncached struct {
	*os.File
	begin  int    // bytes at the beginning that were written as they came, at most blockSize
	block  *block // nil before the file is larger than that
	n      int    // bytes in block that are to be written
	direct bool   // the kernel was told so
}

// blockSize is how much goes to the disk at once: the larger, the fewer are the times that it is waited for.
const blockSize = 1 << 20

// block is aligned as a direct write must be: Go's allocator begins objects that are as large as this at a page.
type block [blockSize]byte

var blocks = sync.Pool{New: func() any { return new(block) }}

// Write implements io.Writer. What it took may come to the disk, or fail to, at a later Write or at Sync.
func (f *uncached) Write(p []byte) (int, error) {
	written, err := f.writeBegin(p)
	if err != nil || written == len(p) {
		return written, err
	}
	if f.block == nil {
		f.block = blocks.Get().(*block)
		f.direct = setDirect(f.File, true) == nil
	}
	for written < len(p) {
		k := copy(f.block[f.n:], p[written:])
		written, f.n = written+k, f.n+k
		if f.n == blockSize {
			if err := f.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (f *uncached) writeBegin(p []byte) (int, error) {
	if f.begin == blockSize {
		return 0, nil
	}
	n, err := f.File.Write(p[:min(len(p), blockSize-f.begin)])
	f.begin += n
	return n, err
}

// flush writes what is in the block.
func (f *uncached) flush() error {
	b := f.block[:f.n]
	f.n = 0
	if f.direct {
		n, err := f.File.Write(b)
		if !errors.Is(err, syscall.EINVAL) {
			return err
		}
		// The file system wants another alignment, or took a part and can't go on from there.
		if err := f.buffered(); err != nil {
			return err
		}
		b = b[n:]
	}
	_, err := f.File.Write(b)
	return err
}

// buffered goes back to ordinary writes.
func (f *uncached) buffered() error {
	f.direct = false
	return setDirect(f.File, false)
}

// Sync writes what is left, which need not fill a block of the disk, and makes the file durable.
func (f *uncached) Sync() error {
	if f.direct {
		if err := f.buffered(); err != nil {
			return err
		}
	}
	if f.n > 0 {
		if err := f.flush(); err != nil {
			return err
		}
	}
	return f.File.Sync()
}

// Close implements io.Closer. What was not synced may be lost.
func (f *uncached) Close() error {
	if f.block != nil {
		blocks.Put(f.block)
		f.block = nil
	}
	return f.File.Close()
}
