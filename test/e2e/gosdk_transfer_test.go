//lint:file-ignore SA1019 the older manager is what most programs still have

package e2e

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const partSize = 5 << 20 // the smallest that the transfer managers take

// TestGoSDKTransfer moves a stream of unknown length in and out with both of the Go SDK's transfer managers, with the checksums that they have by default.
func TestGoSDKTransfer(t *testing.T) {
	t.Parallel()
	wire := &damaging{}
	cfg := start(t, t.TempDir()).sdk(t, nil)
	wire.RoundTripper = cfg.HTTPClient.(*http.Client).Transport
	cfg.HTTPClient = &http.Client{Transport: wire}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	call(t, client.CreateBucket, s3.CreateBucketInput{Bucket: aws.String("gopher")})
	body := make([]byte, 2*partSize+12345)
	if _, err := rand.Read(body); err != nil {
		t.Fatal(err)
	}
	t.Run("manager", func(t *testing.T) { transferByManager(t, client, wire, body) })
	t.Run("transfermanager", func(t *testing.T) { transferByTransferManager(t, client, wire, body) })
}

// stream hides everything of a reader that tells its length.
func stream(body []byte) io.Reader { return struct{ io.Reader }{bytes.NewReader(body)} }

func transferByManager(t *testing.T, client *s3.Client, wire *damaging, body []byte) {
	bucket, key := aws.String("gopher"), aws.String("by manager")
	up := manager.NewUploader(client, func(u *manager.Uploader) { u.PartSize, u.Concurrency = partSize, 3 })
	if _, err := up.Upload(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: stream(body)}); err != nil {
		t.Fatal(err)
	}
	inParts(t, client, *key)
	down := manager.NewDownloader(client, func(d *manager.Downloader) { d.PartSize, d.Concurrency = partSize, 3 })
	back := manager.NewWriteAtBuffer(nil)
	before := wire.parts.Load()
	n, err := down.Download(t.Context(), back, &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil || n != int64(len(body)) || !bytes.Equal(back.Bytes(), body) {
		t.Fatalf("%d bytes of %d came back: %v", n, len(body), err)
	}
	if got := wire.parts.Load() - before; got < 3 {
		t.Errorf("downloaded in %d ranges", got)
	}
	// Its ranges are the parts of the upload, of which S3 tells the checksums.
	wire.on.Store(true)
	defer wire.on.Store(false)
	_, err = down.Download(t.Context(), manager.NewWriteAtBuffer(nil), &s3.GetObjectInput{Bucket: bucket, Key: key, ChecksumMode: s3types.ChecksumModeEnabled})
	seen(t, err)
}

func transferByTransferManager(t *testing.T, client *s3.Client, wire *damaging, body []byte) {
	bucket, key := aws.String("gopher"), aws.String("by transfermanager")
	tm := transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.Concurrency, o.MultipartUploadThreshold = partSize, 3, partSize
	})
	if _, err := tm.UploadObject(t.Context(), &transfermanager.UploadObjectInput{Bucket: bucket, Key: key, Body: stream(body)}); err != nil {
		t.Fatal(err)
	}
	inParts(t, client, *key)
	for _, kind := range []tmtypes.GetObjectType{tmtypes.GetObjectParts, tmtypes.GetObjectRanges} {
		how := func(o *transfermanager.Options) { o.GetObjectType, o.PartBodyMaxRetries = kind, 1 }
		back := manager.NewWriteAtBuffer(nil)
		if _, err := tm.DownloadObject(t.Context(), &transfermanager.DownloadObjectInput{Bucket: bucket, Key: key, WriterAt: back}, how); err != nil || !bytes.Equal(back.Bytes(), body) {
			t.Fatalf("%s: %d bytes of %d came back: %v", kind, len(back.Bytes()), len(body), err)
		}
		wire.on.Store(true)
		_, err := tm.DownloadObject(t.Context(), &transfermanager.DownloadObjectInput{Bucket: bucket, Key: key, WriterAt: manager.NewWriteAtBuffer(nil)}, how)
		wire.on.Store(false)
		seen(t, err)
	}
}

// inParts fails unless the object was uploaded in three parts with checksums.
func inParts(t *testing.T, client *s3.Client, key string) {
	t.Helper()
	out := call(t, client.GetObjectAttributes, s3.GetObjectAttributesInput{Bucket: aws.String("gopher"), Key: &key, ObjectAttributes: []s3types.ObjectAttributes{
		s3types.ObjectAttributesObjectParts, s3types.ObjectAttributesChecksum,
	}})
	if out.ObjectParts == nil || *out.ObjectParts.TotalPartsCount != 3 || out.Checksum == nil || out.Checksum.ChecksumCRC32 == nil {
		t.Errorf("%s has parts %+v and checksum %+v", key, out.ObjectParts, out.Checksum)
	}
}

// seen fails unless a download of damaged bytes was refused for its checksum.
func seen(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "checksum did not match") {
		t.Errorf("the damage was not seen: %v", err)
	}
}

// damaging counts the ranges that are answered, and while it is on flips a bit in each.
type damaging struct {
	http.RoundTripper
	on    atomic.Bool
	parts atomic.Int32
}

func (d *damaging) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := d.RoundTripper.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusPartialContent {
		return res, err
	}
	d.parts.Add(1)
	if d.on.Load() {
		res.Body = &flipped{ReadCloser: res.Body}
	}
	return res, nil
}

type flipped struct {
	io.ReadCloser
	done bool
}

func (f *flipped) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b)
	if n > 0 && !f.done {
		b[0] ^= 1
		f.done = true
	}
	return n, err
}
