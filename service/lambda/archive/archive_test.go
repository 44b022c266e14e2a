package archive_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vauban/service/lambda/archive"
)

type member struct {
	name, content string
	mode          fs.FileMode
}

func packed(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		h.SetMode(m.mode)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(m.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	b := packed(t, member{"app.py", "x = 1\n", 0o600}, member{"bin/run", "#!/bin/sh\n", 0o755}, member{"lib/", "", fs.ModeDir | 0o777}, member{"lib/link", "../app.py", fs.ModeSymlink | 0o777})
	if err := archive.Unpack(bytes.NewReader(b), int64(len(b)), dir); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"app.py": 0o444, "bin/run": 0o555, "bin": fs.ModeDir | 0o755, "lib": fs.ModeDir | 0o755} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v; want mode %v", name, info.Mode(), err, mode)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "lib/link")); err != nil || string(got) != "x = 1\n" {
		t.Errorf("through the link: %q, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for name, members := range map[string][]member{
		"a path that climbs":         {{"../evil", "x", 0o644}},
		"one that climbs inside":     {{"a/../../evil", "x", 0o644}},
		"an absolute path":           {{"/etc/evil", "x", 0o644}},
		"a backslash":                {{`..\evil`, "x", 0o644}},
		"an absolute link":           {{"l", "/etc/passwd", fs.ModeSymlink | 0o777}},
		"a link that climbs":         {{"a/l", "../../x", fs.ModeSymlink | 0o777}},
		"a device":                   {{"d", "", fs.ModeDevice | 0o644}},
		"a name twice":               {{"a", "1", 0o644}, {"a", "2", 0o644}},
		"a file below a file":        {{"a", "1", 0o644}, {"a/b", "2", 0o644}},
		"a file that is a link, too": {{"a", "1", 0o644}, {"a", "b", fs.ModeSymlink | 0o777}},
		"nothing":                    nil,
	} {
		outside := t.TempDir()
		dir := filepath.Join(outside, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		b := packed(t, members...)
		if err := archive.Unpack(bytes.NewReader(b), int64(len(b)), dir); !errors.Is(err, archive.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if list, err := os.ReadDir(outside); err != nil || len(list) != 1 {
			t.Errorf("%s: something was written outside: %v, %v", name, list, err)
		}
	}
	if err := archive.Unpack(strings.NewReader("no zip"), 6, t.TempDir()); !errors.Is(err, archive.ErrInvalid) {
		t.Errorf("no archive: %v", err)
	}
}

// A bomb is refused by what it claims to be, and one that lies about it by what comes out.
func TestBomb(t *testing.T) {
	zeros := strings.Repeat("\x00", 64<<20)
	b := packed(t, member{"1", zeros, 0o644}, member{"2", zeros, 0o644}, member{"3", zeros, 0o644}, member{"4", zeros, 0o644})
	if _, err := archive.Check(bytes.NewReader(b), int64(len(b))); !errors.Is(err, archive.ErrLarge) {
		t.Errorf("256 MiB in %d bytes: %v", len(b), err)
	}
	lie := packed(t, member{"1", strings.Repeat("\x00", 1<<20), 0o644})
	at := bytes.LastIndex(lie, []byte("PK\x01\x02"))
	copy(lie[at+24:at+28], []byte{1, 0, 0, 0}) // the uncompressed size in the directory
	if err := archive.Unpack(bytes.NewReader(lie), int64(len(lie)), t.TempDir()); err == nil {
		t.Error("an archive that lies about a size was unpacked")
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, member{"app.py", "x", 0o644}, member{"a/l", "../app.py", fs.ModeSymlink | 0o777}))
	f.Add(packed(f, member{"../x", "x", 0o644}))
	f.Fuzz(func(t *testing.T, b []byte) {
		outside := t.TempDir()
		dir := filepath.Join(outside, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		_ = archive.Unpack(bytes.NewReader(b), int64(len(b)), dir)
		list, err := os.ReadDir(outside)
		if err != nil || len(list) != 1 {
			t.Fatalf("something was written outside: %v, %v", list, err)
		}
	})
}
