package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// TestCheckValues: every algorithm gives the published value for "123456789".
func TestCheckValues(t *testing.T) {
	s := New(service.Deps{}, nil)
	for algorithm, want := range map[string]string{
		"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888", "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
		"MD5": "25f9e794323b453885f5181f1b624d0b", "XXHASH64": "8cb841db40e6ae83",
		"SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	} {
		h := s.newHash(algorithm)
		h.Write([]byte("123456789"))
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

// TestCRCsOfPartsMakeTheWhole: however a text is cut, the CRCs of its pieces give its own.
func TestCRCsOfPartsMakeTheWhole(t *testing.T) {
	s := New(service.Deps{}, nil)
	rapid.Check(t, func(t *rapid.T) {
		algorithm := rapid.SampledFrom([]string{algorithmCRC32, algorithmCRC32C, algorithmCRC64NVME}).Draw(t, "algorithm")
		pieces := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 200), 1, 6).Draw(t, "pieces")
		whole := s.newHash(algorithm)
		var sums [][]byte
		var sizes []int64
		for _, p := range pieces {
			h := s.newHash(algorithm)
			h.Write(p)
			sums, sizes = append(sums, h.Sum(nil)), append(sizes, int64(len(p)))
			whole.Write(p)
		}
		field, _ := crcFieldOf(algorithm)
		if got := field.combined(sums, sizes); !bytes.Equal(got, whole.Sum(nil)) {
			t.Fatalf("%x, want %x", got, whole.Sum(nil))
		}
	})
}

func TestSumming(t *testing.T) {
	s := New(service.Deps{}, nil)
	hello := "NhCmhg=="
	for name, c := range map[string]struct {
		in   api.PutObjectInput
		code string
	}{
		"nothing":         {api.PutObjectInput{}, ""},
		"right":           {api.PutObjectInput{ChecksumCRC32: &hello}, ""},
		"wrong":           {api.PutObjectInput{ChecksumCRC32C: &hello}, "BadDigest"},
		"two":             {api.PutObjectInput{ChecksumCRC32: &hello, ChecksumCRC32C: &hello}, "InvalidRequest"},
		"no base64":       {api.PutObjectInput{ChecksumCRC32: new("?")}, "InvalidRequest"},
		"promised":        {api.PutObjectInput{ChecksumAlgorithm: new("CRC32")}, "InvalidRequest"},
		"not built":       {api.PutObjectInput{ChecksumXXHASH3: &hello}, "InvalidRequest"},
		"MD5":             {api.PutObjectInput{ContentMD5: new("XUFAKrxLKna5cZ2REBfFkg==")}, ""},
		"wrong MD5":       {api.PutObjectInput{ContentMD5: new("AAAAAAAAAAAAAAAAAAAAAA==")}, "BadDigest"},
		"malformed MD5":   {api.PutObjectInput{ContentMD5: new("AAAA")}, "InvalidDigest"},
		"checksum of MD5": {api.PutObjectInput{ChecksumMD5: new("XUFAKrxLKna5cZ2REBfFkg==")}, ""},
	} {
		for _, kind := range []string{api.ServerSideEncryptionAes256, api.ServerSideEncryptionAwsKms, customer} {
			seal := &sealing{Kind: kind, Key: []byte("wrapped")}
			m, err := s.sums(iotest.OneByteReader(bytes.NewReader([]byte("hello"))), &c.in, algorithmCRC64NVME)
			if err == nil {
				m.under(seal)
				_, err = io.Copy(io.Discard, m)
			}
			var e *wire.Error
			if errors.As(err, &e) != (c.code != "") || e != nil && e.Shape.Code != c.code {
				t.Errorf("%s, %s: %v, want %q", name, kind, err, c.code)
			}
			if err != nil {
				continue
			}
			// The tag is the bytes' MD5 only under the server's own key: else it tells nothing, and is another one for each upload.
			const md5 = "5d41402abc4b2a76b9719d911017c592"
			tag, other := etagOf("id", m, seal), etagOf("other", m, seal)
			if (tag == md5) != (kind == api.ServerSideEncryptionAes256) || (other == md5) != (tag == md5) || kind != api.ServerSideEncryptionAes256 && tag == other {
				t.Errorf("%s, %s: entity tags %s and %s", name, kind, tag, other)
			}
			if len(tag) != 32 || m.size != 5 || m.result.Value == "" {
				t.Errorf("%s, %s: %s, %+v", name, kind, tag, m)
			}
		}
	}
}

func FuzzChecksum(f *testing.F) {
	f.Add("NhCmhg==", "AAAA")
	s := New(service.Deps{}, nil)
	f.Fuzz(func(t *testing.T, value, md5 string) {
		m, err := s.sums(bytes.NewReader([]byte("hello")), &api.PutObjectInput{ChecksumCRC32: &value, ContentMD5: &md5}, algorithmCRC64NVME)
		if err != nil {
			return
		}
		_, err = io.Copy(io.Discard, m)
		if sum, _ := base64.StdEncoding.DecodeString(value); err == nil && !bytes.Equal(sum, []byte{0x36, 0x10, 0xa6, 0x86}) {
			t.Errorf("%q passes for hello", value)
		}
	})
}
