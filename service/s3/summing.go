package s3

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// summing reads a body once and works out all that is to be known of it: size, MD5 and the checksum that is kept. At the end of the body it
// compares them with what the client said, in headers before or trailers behind it; a difference is an error of Read in place of io.EOF.
type summing struct {
	r         io.Reader
	most      int64 // bytes
	size      int64
	md5       hash.Hash // nil when nobody asks for it
	claim     []byte    // Content-MD5
	algorithm string
	sum       hash.Hash
	whole     hash.Hash // a second one, nil for none
	value     string    // that the client claims, "" when it is in the trailer or nowhere
	named     bool      // the client named the algorithm, so that it must give the value
	result    checksums
	etag      string // MD5 in hexadecimal, "" without one
}

// sums prepares the reading of a body. in is the input of PutObject or UploadPart.
func (s *Service) sums(r io.Reader, in any, algorithm string) (*summing, error) {
	if r == nil {
		r = http.NoBody
	}
	if b, ok := r.(service.Payload); ok && b.Length() < 0 {
		return nil, errMissingLength.New("You must provide the Content-Length HTTP header.")
	} else if ok && b.Length() > maxPut {
		return nil, tooLarge(b.Length())
	}
	m := &summing{r: r, most: maxPut, md5: md5.New()}
	var err error
	if m.claim, err = md5Claim(member(in, "ContentMD5")); err != nil {
		return nil, err
	}
	if m.algorithm, m.value, err = s.givenChecksum(in); err != nil {
		return nil, err
	}
	if m.algorithm == "" {
		m.algorithm = wire.Text(member(in, "ChecksumAlgorithm"))
		m.named = m.algorithm != ""
	}
	if m.algorithm == "" {
		m.algorithm = trailerAlgorithm(r)
	}
	if m.algorithm == "" {
		m.algorithm = algorithm
	}
	m.sum, err = s.knownHash(m.algorithm)
	return m, err
}

// under tells how the bytes are going to be kept, before they are read: MD5, which costs more than all else, is left out where neither the entity tag nor the
// client needs it.
func (m *summing) under(seal *sealing) {
	if seal.opaque() && m.claim == nil {
		m.md5 = nil
	}
}

// trailerAlgorithm is the algorithm of the checksum that the trailer will hold, "" when the request announces none.
func trailerAlgorithm(r io.Reader) string {
	b, ok := r.(service.Payload)
	if !ok {
		return ""
	}
	for _, a := range algorithms() {
		if b.Announces(checksumHeader(a)) {
			return a
		}
	}
	return ""
}

// maxPut is the largest object, or part, of one request.
const maxPut = 5 << 30

func tooLarge(size int64) error {
	return errEntityTooLarge.New("Your proposed upload exceeds the maximum allowed size").With("ProposedSize", size).With("MaxSizeAllowed", int64(maxPut))
}

func (m *summing) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.size += int64(n)
	if m.size > m.most {
		return n, tooLarge(m.size)
	}
	if m.md5 != nil {
		m.md5.Write(p[:n])
	}
	m.sum.Write(p[:n])
	if m.whole != nil {
		m.whole.Write(p[:n])
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		if bad := m.finish(); bad != nil {
			return n, bad
		}
	}
	return n, err
}

func (m *summing) finish() error {
	if m.result.Value != "" {
		return nil
	}
	if m.md5 != nil {
		sum := m.md5.Sum(nil)
		if err := checkMD5(m.claim, sum); err != nil {
			return err
		}
		m.etag = hex.EncodeToString(sum)
	}
	value := base64.StdEncoding.EncodeToString(m.sum.Sum(nil))
	if err := m.trailing(); err != nil {
		return err
	}
	if m.value != "" && m.value != value {
		return badDigest(m.algorithm)
	}
	m.result = checksums{Algorithm: m.algorithm, Type: api.ChecksumTypeFullObject, Value: value}
	return nil
}

// trailing takes the value from the trailer.
func (m *summing) trailing() error {
	if m.value != "" {
		return nil
	}
	if b, ok := m.r.(service.Payload); ok && b.Trailer() != nil {
		m.value = b.Trailer().Get(checksumHeader(m.algorithm))
	}
	if m.value != "" {
		return checkChecksum(m.algorithm, m.value, m.sum.Size())
	}
	if m.named {
		return api.InvalidRequest.New("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return nil
}
