package fs

import (
	"errors"
	"os"
	"syscall"
)

// errSwept says that a sweep took the new file before it was locked.
var errSwept = errors.New("blob: the temporary file was swept")

// createFile makes a file of mode 0600 and locks it until it is closed or the process dies.
func createFile(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	err = flock(f, syscall.LOCK_EX)
	if err == nil {
		err = stillLinked(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &uncached{File: f}, nil
}

// removeUnlocked removes the file unless a process holds its lock.
func removeUnlocked(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(path)
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func stillLinked(f *os.File) error {
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return err
	}
	if st.Nlink == 0 {
		return errSwept
	}
	return nil
}
