package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/seal/xaes"
)

func TestFileIsMadeOnceAndRead(t *testing.T) {
	s := File{Path: filepath.Join(t.TempDir(), "root.key")}
	if _, err := s.Open(t.Context(), nil); !errors.Is(err, ErrNoRootKey) {
		t.Fatalf("open before create: %v, want ErrNoRootKey", err)
	}
	// Starts at the same time agree on one key.
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		ids = map[string]int{}
	)
	for range 8 {
		wg.Go(func() {
			k, _, err := s.Create(context.Background(), rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[k.ID()]++
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Fatalf("starts disagree: %v", ids)
	}
	k, err := s.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if ids[k.ID()] != 8 {
		t.Errorf("read key %s, made %v", k.ID(), ids)
	}
	info, err := os.Stat(s.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	files, err := os.ReadDir(filepath.Dir(s.Path))
	if err != nil || len(files) != 1 {
		t.Errorf("%d files left, %v; want only the key", len(files), err)
	}
}

func TestFileRefuses(t *testing.T) {
	good := fileHeader + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{7}, xaes.KeySize)) + "\n"
	tests := []struct {
		name, content string
		mode          os.FileMode
		want          error
		says          string
	}{
		{"good", good, 0o600, nil, ""},
		{"read-only", good, 0o400, nil, ""},
		{"group can read", good, 0o640, ErrRootKeyFile, "chmod 600"},
		{"world can read", good, 0o604, ErrRootKeyFile, "chmod 600"},
		{"group can write", good, 0o620, ErrRootKeyFile, "chmod 600"},
		{"empty", "", 0o600, ErrRootKeyFile, "does not start with"},
		{"other file", "-----BEGIN PRIVATE KEY-----", 0o600, ErrRootKeyFile, "does not start with"},
		{"short key", fileHeader + "abcd\n", 0o600, ErrRootKeyFile, "not a key"},
		{"bad text", strings.Replace(good, good[len(good)-4:], "!!!\n", 1), 0o600, ErrRootKeyFile, "not a key"},
		{"huge", good + strings.Repeat("x", maxFile), 0o600, ErrRootKeyFile, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "root.key")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			_, _, err := File{Path: path}.Create(t.Context(), rand.Reader)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
			after, readErr := os.ReadFile(path)
			if readErr != nil || string(after) != tt.content {
				t.Errorf("the file was changed: %v", readErr)
			}
		})
	}
	if _, err := (File{Path: t.TempDir()}).Open(t.Context(), nil); !errors.Is(err, ErrRootKeyFile) {
		t.Errorf("a directory: %v, want ErrRootKeyFile", err)
	}
}

func TestPassphrase(t *testing.T) {
	s := Passphrase{Phrase: []byte("correct horse battery"), Passes: 1, MemoryKiB: 64, Lanes: 1}
	k, params, err := s.Create(t.Context(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Passphrase{Phrase: s.Phrase}.Open(t.Context(), params) // costs come from the parameters
	if err != nil || again.ID() != k.ID() {
		t.Errorf("the same passphrase gave another key: %v", err)
	}
	other, err := Passphrase{Phrase: []byte("correct horse batterz")}.Open(t.Context(), params)
	if err != nil || other.ID() == k.ID() {
		t.Errorf("another passphrase gave the same key: %v", err)
	}
	k2, _, err := s.Create(t.Context(), rand.Reader)
	if err != nil || k2.ID() == k.ID() {
		t.Errorf("two salts gave the same key: %v", err)
	}
	if _, _, err := (Passphrase{Phrase: []byte("short")}).Create(t.Context(), rand.Reader); err == nil {
		t.Error("a short passphrase was taken")
	}
	if _, err := s.Open(t.Context(), nil); !errors.Is(err, ErrWrongRootKey) {
		t.Errorf("no parameters: %v, want ErrWrongRootKey", err)
	}
	for _, bad := range []string{
		`{`, `{"kdf":"scrypt"}`,
		`{"kdf":"argon2id","salt":"AAAAAAAAAAAAAAAA","passes":1,"memoryKiB":4294967295,"lanes":1}`,
		`{"kdf":"argon2id","salt":"AAAAAAAAAAAAAAAA","passes":100000,"memoryKiB":64,"lanes":1}`,
		`{"kdf":"argon2id","salt":"AAAAAAAAAAAAAAAA","passes":1,"memoryKiB":64,"lanes":0}`,
		`{"kdf":"argon2id","salt":"","passes":1,"memoryKiB":64,"lanes":1}`,
	} {
		if _, err := s.Open(t.Context(), []byte(bad)); err == nil {
			t.Errorf("parameters %s were taken", bad)
		}
	}
}

// TestMain lets the test binary play the unwrap command.
func TestMain(m *testing.M) {
	switch os.Getenv("SEAL_TEST_COMMAND") {
	case "xor": // the wrapped key with each bit turned, in hexadecimal
		var in [64]byte
		n, _ := os.Stdin.Read(in[:])
		for i := range in {
			in[i] ^= 0xff
		}
		fmt.Println(hex.EncodeToString(in[:n]))
		os.Exit(0)
	case "fail":
		fmt.Fprintln(os.Stderr, "token is locked")
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour) // until killed
	case "chatty":
		for range 10_000 {
			fmt.Println(strings.Repeat("x", 100))
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestCommand(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	wrapped := bytes.Repeat([]byte{0x0f}, xaes.KeySize)
	path := filepath.Join(t.TempDir(), "wrapped")
	if err := os.WriteFile(path, wrapped, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Command{Argv: []string{self}, WrappedPath: path, Timeout: 30 * time.Second}

	t.Setenv("SEAL_TEST_COMMAND", "xor")
	k, _, err := s.Create(t.Context(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.key[:], bytes.Repeat([]byte{0xf0}, xaes.KeySize)) {
		t.Error("not the key that the command gave")
	}
	if _, err := (Command{Argv: s.Argv, WrappedPath: path + ".absent"}).Open(t.Context(), nil); !errors.Is(err, ErrNoRootKey) {
		t.Errorf("without wrapped key: %v, want ErrNoRootKey", err)
	}
	if _, err := (Command{WrappedPath: path}).Open(t.Context(), nil); err == nil {
		t.Error("an empty command was run")
	}

	for _, tt := range []struct{ mode, says string }{
		{"fail", "token is locked"},
		{"chatty", "not a key"},
		{"hang", "no answer within"},
	} {
		t.Setenv("SEAL_TEST_COMMAND", tt.mode)
		s.Timeout = 30 * time.Second
		if tt.mode == "hang" {
			s.Timeout = 200 * time.Millisecond
		}
		if _, err := s.Open(t.Context(), nil); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v does not say %q", tt.mode, err, tt.says)
		}
	}
}

func TestParseKey(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb}, xaes.KeySize)
	tests := []struct {
		in string
		ok bool
	}{
		{string(raw), true},
		{hex.EncodeToString(raw), true},
		{strings.ToUpper(hex.EncodeToString(raw)) + "\r\n", true},
		{base64.StdEncoding.EncodeToString(raw) + "\n", true},
		{base64.URLEncoding.EncodeToString(raw), true},
		{base64.RawStdEncoding.EncodeToString(raw), true},
		{base64.RawURLEncoding.EncodeToString(raw), true},
		{"", false},
		{string(raw) + "\n", false}, // a raw key has no line end
		{string(raw[1:]), false},
		{hex.EncodeToString(raw) + "\n\n", false},
		{strings.Repeat("g", 64), false},
		{strings.Repeat("!", 43), false},
		{base64.StdEncoding.EncodeToString(raw[:31]), false},
	}
	for _, tt := range tests {
		k, err := parseKey([]byte(tt.in))
		if (err == nil) != tt.ok {
			t.Errorf("%q: %v", tt.in, err)
		}
		if err == nil && !bytes.Equal(k.key[:], raw) {
			t.Errorf("%q: another key", tt.in)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte("0102030405060708"))
	f.Add(bytes.Repeat([]byte("a"), 64))
	f.Add(bytes.Repeat([]byte("A"), 43))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.Clone(b)
		if k, err := parseKey(b); (k == nil) == (err == nil) {
			t.Fatalf("%q: %v", in, err)
		} else if err != nil && len(in) > 16 && strings.Contains(err.Error(), string(in)) {
			t.Fatalf("the error quotes the key: %v", err)
		}
	})
}
