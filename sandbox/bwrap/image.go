//go:build linux && (amd64 || arm64)

package bwrap

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"vauban/sandbox/bootstrap"
)

// Identity of the code inside, as in AWS.
const (
	innerUser  = "sbx_user1051"
	innerUID   = 993
	innerGID   = 990
	innerName  = "169-254-76-1" // host name
	runtimeDir = "/var/runtime"
)

// image is what every sandbox sees beside the host's programs: a few files of /etc, and the runtimes' bootstraps.
type image struct {
	dir string

	mu    sync.Mutex
	names map[string]bool // that mean the sandbox itself
}

// etc is all of /etc that is not the host's. Names are resolved by hosts alone: there is nobody to ask.
var etc = map[string]string{
	"passwd":        fmt.Sprintf("root:x:0:0:root:/:/sbin/nologin\n%s:x:%d:%d::/tmp:/sbin/nologin\n", innerUser, innerUID, innerGID),
	"group":         fmt.Sprintf("root:x:0:\n%s:x:%d:\n", innerUser, innerGID),
	"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
	"resolv.conf":   "",
	"hosts":         "127.0.0.1 localhost\n::1 localhost\n",
	"host.conf":     "multi on\n",
}

// hostEtc is what of the host's /etc programs need to start: the linker's cache, the links to alternatives, certificate authorities.
var hostEtc = []string{"ld.so.cache", "alternatives", "ssl/certs", "ssl/openssl.cnf", "pki/tls/certs", "pki/ca-trust/extracted", "ca-certificates/extracted"}

func newImage(dir string) (*image, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("clear the sandboxes' work directory: %w", err)
	}
	im := &image{dir: dir, names: map[string]bool{}}
	files := map[string][]byte{im.runtime() + "/bootstrap.py": bootstrap.Python, im.runtime() + "/bootstrap.mjs": bootstrap.Node}
	for name, text := range etc {
		files[filepath.Join(im.etc(), name)] = []byte(text)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the sandboxes' work directory: %w", err)
	}
	for name, text := range files {
		if err := place(name, text); err != nil {
			return nil, fmt.Errorf("sandboxes' work directory: %w", err)
		}
	}
	for _, name := range hostEtc {
		if err := mountpoint(filepath.Join("/etc", name), filepath.Join(im.etc(), name)); err != nil {
			return nil, fmt.Errorf("sandboxes' work directory: %w", err)
		}
	}
	return im, nil
}

func (im *image) etc() string     { return filepath.Join(im.dir, "etc") }
func (im *image) runtime() string { return filepath.Join(im.dir, "runtime") }

// resolve lets a name mean the sandbox itself. The file is replaced: who reads it reads all of it.
func (im *image) resolve(name string) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	if name == "localhost" || im.names[name] {
		return nil
	}
	im.names[name] = true
	text := etc["hosts"]
	for _, n := range slices.Sorted(maps.Keys(im.names)) {
		text += "127.0.0.1 " + n + "\n"
	}
	file := filepath.Join(im.etc(), "hosts")
	if err := place(file+".new", []byte(text)); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// place writes a file that sandboxes read, whatever this process's umask.
func place(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return err
	}
	return os.Chmod(name, 0o644)
}

// mountpoint makes an empty file or directory in the image for what the host has at a path; nothing where it has nothing.
func mountpoint(host, name string) error {
	info, err := os.Stat(host)
	if err != nil {
		return nil
	}
	if !info.IsDir() {
		return place(name, nil)
	}
	if err := place(filepath.Join(filepath.Dir(name), ".keep"), nil); err != nil {
		return err
	}
	if err := os.MkdirAll(name, 0o755); err != nil {
		return err
	}
	return os.Chmod(name, 0o755)
}
