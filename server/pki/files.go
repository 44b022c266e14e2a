package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The authority's files in the data directory.
const (
	keyFile    = "ca.key" // PKCS #8 in PEM, mode 0600
	bundleFile = "ca.pem" // what clients trust
	maxFile    = 64 << 10
)

// load reads the key and the certificate, and makes the key on the first start.
func (a *Authority) load() error {
	keyPath, bundlePath := filepath.Join(a.dir, keyFile), filepath.Join(a.dir, bundleFile)
	_, noBundle := os.Stat(bundlePath) // asked first: another process that starts now makes the key before the bundle
	key, err := readKey(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if noBundle == nil {
			return fmt.Errorf("%s is there, but its key %s is not: restore the key from a backup, or move %s away to start a new authority that clients will have to trust anew", bundlePath, keyPath, bundleFile)
		}
		if key, err = a.createKey(keyPath); errors.Is(err, fs.ErrExist) { // another process was first
			key, err = readKey(keyPath)
		}
	}
	if err != nil {
		return err
	}
	a.key = key
	certificate, err := readBundle(bundlePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // derived from the key
	}
	if err != nil {
		return err
	}
	if public, ok := certificate.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(&key.PublicKey) || !certificate.IsCA {
		return fmt.Errorf("%s does not belong to %s: restore both from the same backup, or delete %s to have it made again from the key", bundlePath, keyPath, bundleFile)
	}
	a.certificate.Store(certificate)
	return nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the authority's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 %s, and consider that somebody may have copied it", path, info.Mode().Perm(), path)
	}
	block, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, broken(path, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, broken(path, errors.New("not an ECDSA P-256 key"))
	}
	return key, nil
}

func readBundle(path string) (*x509.Certificate, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, broken(path, err)
	}
	return certificate, nil
}

func readPEM(path string) (*pem.Block, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the authority: %w", err)
	}
	if info.Size() > maxFile || !info.Mode().IsRegular() {
		return nil, broken(path, fmt.Errorf("%d bytes, %s", info.Size(), info.Mode()))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the authority: %w: the server's user must be able to read its data directory", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, broken(path, errors.New("no PEM block"))
	}
	return block, nil
}

func broken(path string, cause error) error {
	return fmt.Errorf("%s is damaged (%w): restore it from a backup, or move %s and %s away to start a new authority that clients will have to trust anew", path, cause, keyFile, bundleFile)
}

// createKey makes the key and writes it, unless another process has: then the error is fs.ErrExist.
func (a *Authority) createKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.opts.Rand)
	if err != nil {
		return nil, fmt.Errorf("make the authority's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make the authority's key: %w", err)
	}
	temp, err := writeTemp(a.dir, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	if err != nil {
		return nil, err
	}
	defer os.Remove(temp)
	if err := os.Link(temp, path); err != nil { // unlike a rename, it never replaces
		return nil, fmt.Errorf("write the authority's key: %w", err)
	}
	return key, syncDir(a.dir)
}

// saveBundle replaces ca.pem in one step.
func (a *Authority) saveBundle(c *x509.Certificate) error {
	temp, err := writeTemp(a.dir, bundleFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o644)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, a.CAPath()); err != nil {
		os.Remove(temp)
		return fmt.Errorf("write the authority's certificate: %w", err)
	}
	return syncDir(a.dir)
}

// writeTemp writes a synced file beside its destination and returns its path.
func writeTemp(dir, name string, content []byte, mode fs.FileMode) (path string, err error) {
	f, err := os.CreateTemp(dir, name+".*.tmp")
	if err != nil {
		return "", fmt.Errorf("write %s: %w: the data directory must exist and belong to the server's user", name, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return f.Name(), nil
}

// syncDir makes a rename or link survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the data directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync the data directory: %w", err)
	}
	return nil
}
