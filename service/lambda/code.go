package lambda

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	api "vauban/api/lambda"
	"vauban/api/s3"
	"vauban/api/wire"
	"vauban/blob"
	"vauban/service"
	"vauban/service/lambda/archive"
	"vauban/store"
)

// Code is a stored package: a blob under a data key of its own. It is noted before its bytes are stored, and cleared away when no version has named it
// for a while.
type Code struct {
	ID      string
	Key     []byte // sealed
	Size    int64
	SHA256  string
	Created time.Time
}

var codes = &store.Table[Code]{
	Name: "lambda.code",
	Key:  func(k *Code) store.Key { return store.K(k.ID) },
}

const codeKeyTable = "lambda.code.key"

// source is where a package comes from.
type source struct {
	zip                  []byte
	bucket, key, version *string
	image                *string
	mode, kms            *string
}

// errZip is the error of what cannot be unpacked.
func errZip(err error) error {
	switch {
	case errors.Is(err, archive.ErrLarge):
		return invalid("Unzipped size must be smaller than %d bytes", archive.MaxUnzipped).Because(err)
	case errors.Is(err, archive.ErrInvalid):
		return invalid("Could not unzip uploaded file. Please check your file, then try to upload again.").Because(err)
	}
	return err
}

// take reads a package, checks it and stores it. dry stops before it is stored.
func (s *Service) take(c *service.Call, from *source, dry bool) (Package, error) {
	if from.bucket != nil { // it is in memory until it is stored, and no small request has paid for that
		select {
		case s.packages <- struct{}{}:
			defer func() { <-s.packages }()
		case <-c.Done():
			return Package{}, c.Err()
		}
	}
	data, err := s.fetch(c, from)
	if err != nil {
		return Package{}, err
	}
	if _, err := archive.Check(bytes.NewReader(data), int64(len(data))); err != nil {
		return Package{}, errZip(err)
	}
	sum := sha256.Sum256(data)
	p := Package{Size: int64(len(data)), SHA256: sha256Text(sum[:])}
	if dry {
		return p, nil
	}
	if p.ID, err = s.newID(); err != nil {
		return p, err
	}
	return p, s.keep(c, &p, data)
}

// fetch reads the bytes, those of S3 in the caller's name.
func (s *Service) fetch(c *service.Call, from *source) ([]byte, error) {
	inS3 := from.bucket != nil || from.key != nil || from.version != nil
	switch {
	case from.image != nil:
		return nil, unbuilt("ImageUri (functions of container images)")
	case from.mode != nil && *from.mode != "COPY":
		return nil, unbuilt("S3ObjectStorageMode REFERENCE")
	case from.kms != nil:
		return nil, unbuilt("SourceKMSKeyArn (packages are always sealed at rest; a key of KMS of your own for them)")
	case len(from.zip) > 0 && inS3:
		return nil, invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
	case len(from.zip) > archive.MaxZipped:
		return nil, requestTooLarge.New("Zipped size must be smaller than %d bytes", archive.MaxZipped)
	case len(from.zip) > 0:
		return from.zip, nil
	case !inS3:
		return nil, invalid("Please provide a source for function code.")
	case from.bucket == nil || from.key == nil:
		return nil, invalid("S3Bucket and S3Key are both required for a package in Amazon S3.")
	}
	out, err := c.Door.Call(c, service.AsCaller(principal), "s3", "GetObject", &s3.GetObjectInput{Bucket: from.bucket, Key: from.key, VersionId: from.version})
	var e *wire.Error
	if errors.As(err, &e) && !e.Shape.Fault {
		if e.Shape.Status == 403 {
			return nil, user(accessDenied.New("Your access has been denied by S3, please make sure your request credentials have permission to GetObject for %s/%s. S3 Error Code: %s. S3 Error Message: %s", *from.bucket, bounded(*from.key, 200), e.Shape.Code, e.Message)).Because(err)
		}
		return nil, invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", e.Shape.Code, e.Message).Because(err)
	}
	if err != nil {
		return nil, err
	}
	body := out.(*s3.GetObjectOutput).Body
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, archive.MaxUnzipped+1))
	if err != nil {
		return nil, fmt.Errorf("read the package in S3: %w", err)
	}
	if len(data) > archive.MaxUnzipped {
		return nil, invalid("Unzipped size must be smaller than %d bytes", archive.MaxUnzipped)
	}
	return data, nil
}

var accessDenied = &wire.ErrorShape{Shape: "AccessDeniedException", Code: "AccessDeniedException", Status: 403, Text: "Message", Members: api.ResourceNotFoundException.Members}

// keep stores the bytes. The note of them commits first: what is stored is never forgotten.
func (s *Service) keep(ctx context.Context, p *Package, data []byte) error {
	key := new(blob.DataKey)
	if _, err := io.ReadFull(s.Rand, key[:]); err != nil {
		return fmt.Errorf("no randomness: %w", err)
	}
	sealed, err := s.Seal.Seal(codeKeyTable, store.K(p.ID), key[:])
	if err != nil {
		return fmt.Errorf("seal a data key: %w", err)
	}
	k := &Code{ID: p.ID, Key: sealed, Size: p.Size, SHA256: p.SHA256, Created: s.Clock().UTC()}
	if err := s.Store.Write(ctx, func(tx store.Tx) error { return codes.Insert(tx, k) }); err != nil {
		return err
	}
	if _, err := s.Blobs.Put(ctx, blobID(p.ID), key, bytes.NewReader(data)); err != nil {
		return fmt.Errorf("store a package: %w", err)
	}
	return nil
}

func blobID(code string) string { return "lambda-" + code }

// open opens a stored package.
func (s *Service) open(ctx context.Context, id string) (blob.Object, error) {
	var k *Code
	err := s.Store.Read(ctx, func(tx store.Tx) (err error) {
		k, err = codes.Get(tx, store.K(id))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the package %s: %w", id, err)
	}
	plain, err := s.Seal.Open(codeKeyTable, store.K(id), k.Key)
	if err != nil {
		return nil, fmt.Errorf("open the data key of the package %s: %w", id, err)
	}
	if len(plain) != blob.KeySize {
		return nil, fmt.Errorf("the data key of the package %s has %d bytes", id, len(plain))
	}
	return s.Blobs.Open(ctx, blobID(id), (*blob.DataKey)(plain))
}

// codeUnnamed is how long a package may be there without a version that names it: more than a call takes.
const codeUnnamed = time.Hour

// sweepCode clears packages away that no version and no layer names.
func (s *Service) sweepCode(w *service.Work) error {
	var all []*Code
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := codes.List(tx, nil, nil, 0)
		all = list.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range all {
		if w.Time.Sub(k.Created) < codeUnnamed {
			continue
		}
		gone := false
		err := s.Store.Write(w, func(tx store.Tx) error {
			gone = false
			if err := w.Check(tx); err != nil {
				return err
			}
			named, err := s.isNamed(tx, k.ID)
			if err != nil || named {
				return err
			}
			gone = true
			return codes.Delete(tx, codes.Key(k))
		})
		if err == nil && gone {
			err = s.Blobs.Delete(w, blobID(k.ID))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) isNamed(tx store.Tx, id string) (bool, error) {
	for _, has := range []func() (bool, error){
		func() (bool, error) { return functions.HasRef(tx, "code", store.K(id)) },
		func() (bool, error) { return versions.HasRef(tx, "code", store.K(id)) },
		func() (bool, error) { return layerVersions.HasRef(tx, "code", store.K(id)) },
	} {
		if ok, err := has(); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
