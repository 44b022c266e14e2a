package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// maxMeta bounds the user metadata of an object in bytes. Amazon S3 User Guide: "Working with object metadata".
const maxMeta = 2 << 10

// newVersion is what an input says about a version that is to be stored, without its bytes. The members have the same names in all operations that store one.
func newVersion(c *service.Call, f *found, in any) (*Version, error) {
	v := &Version{Bucket: f.bucket.ID, Key: wire.Text(member(in, "Key")), Created: c.Time.Truncate(time.Second)}
	v.Head = headersIn(in)
	if err := checkRedirect(v.Head.Redirect); err != nil {
		return nil, err
	}
	v.Meta, _ = reflect.ValueOf(in).Elem().FieldByName("Metadata").Interface().(map[string]string)
	if err := checkMeta(v.Meta); err != nil {
		return nil, err
	}
	var err error
	if v.Class, err = storageClass(member(in, "StorageClass")); err != nil {
		return nil, err
	}
	if v.Tags, err = tagsInHeader(member(in, "Tagging")); err != nil {
		return nil, err
	}
	v.Lock, err = lockIn(c, f, in)
	return v, err
}

func headersIn(in any) headers {
	h := headers{
		Type: wire.Text(member(in, "ContentType")), Encoding: contentEncoding(wire.Text(member(in, "ContentEncoding"))), Disposition: wire.Text(member(in, "ContentDisposition")),
		Language: wire.Text(member(in, "ContentLanguage")), Cache: wire.Text(member(in, "CacheControl")), Redirect: wire.Text(member(in, "WebsiteRedirectLocation")),
	}
	if t := moment(in, "Expires"); t != nil {
		h.Expires = *t
	}
	return h
}

// contentEncoding leaves out the coding of the transfer.
func contentEncoding(header string) string {
	var kept []string
	for coding := range strings.SplitSeq(header, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && coding != "aws-chunked" {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

func checkMeta(meta map[string]string) error {
	size := 0
	for k, v := range meta {
		size += len(k) + len(v)
	}
	if size > maxMeta {
		return errMetadataTooLarge.New("Your metadata headers exceed the maximum allowed metadata size").
			With("Size", int64(size)).With("MaxSizeAllowed", int64(maxMeta))
	}
	return nil
}

// storageClass takes the classes whose objects can be read at once: they are labels here.
func storageClass(class *string) (string, error) {
	switch wire.Text(class) {
	case "", api.StorageClassStandard:
		return "", nil
	case api.StorageClassStandardIa, api.StorageClassOnezoneIa, api.StorageClassIntelligentTiering, api.StorageClassGlacierIr, api.StorageClassReducedRedundancy:
		return *class, nil
	case api.StorageClassGlacier, api.StorageClassDeepArchive:
		return "", unimplemented("x-amz-storage-class").With("StorageClass", *class)
	}
	return "", errInvalidStorage.New("The storage class you specified is not valid").With("StorageClassRequested", *class)
}

// etagOf is the entity tag of the bytes that are kept under the ID: their MD5, except where the key is not the server's own. Then it tells nothing of them.
// Amazon S3 API Reference: "Object".
func etagOf(id string, sums *summing, seal *sealing) string {
	if !seal.opaque() {
		return sums.etag
	}
	sum := sha256.Sum256(slices.Concat([]byte(id), []byte(sums.result.Value), seal.Key))
	return hex.EncodeToString(sum[:16])
}

// opaque reports whether an entity tag must not tell anything of the bytes.
func (s *sealing) opaque() bool { return s.Kind != api.ServerSideEncryptionAes256 }

func quoted(etag string) *string { return new(`"` + etag + `"`) }

// moment is a time member of an input, nil when it has none of that name.
func moment(in any, name string) *time.Time {
	f := reflect.ValueOf(in).Elem().FieldByName(name)
	if !f.IsValid() {
		return nil
	}
	p, _ := f.Interface().(*time.Time)
	return p
}

// showEncryption sets the members of an output that tell how the bytes are encrypted.
func showEncryption(out any, seal *sealing, given *customerKey) {
	v := reflect.ValueOf(out).Elem()
	set := func(name string, value any) {
		if f := v.FieldByName(name); f.IsValid() {
			f.Set(reflect.ValueOf(value))
		}
	}
	switch seal.Kind {
	case customer:
		set("SSECustomerAlgorithm", new(api.ServerSideEncryptionAes256))
		if given != nil {
			set("SSECustomerKeyMD5", new(given.md5))
		}
		return
	case api.ServerSideEncryptionAwsKms:
		set("SSEKMSKeyId", new(seal.KMSKey))
		if seal.BucketKey {
			set("BucketKeyEnabled", new(true))
		}
		if seal.Context != "" {
			set("SSEKMSEncryptionContext", new(seal.Context))
		}
	}
	set("ServerSideEncryption", new(seal.Kind))
}
