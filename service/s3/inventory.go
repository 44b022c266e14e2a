package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/lifecycle"
	"vauban/service"
	"vauban/store"
)

// This file makes the reports of inventories. Rows are read in batches and written into compressed files of a bounded size, each of which is put into the
// destination as it is full: however many keys there are, one file is in memory. The manifest comes last, after its checksum, so that whoever finds it finds
// all. What is
// put is put as S3 itself, which the destination's policy must let in, and its key's where there is one. Amazon S3 User Guide: "Configuring Amazon S3
// Inventory", "Locating your inventory list".

const (
	inventoryEvery = 5 * time.Second
	inventoryRetry = time.Hour // of a report that could not be delivered
	inventoryBatch = 1000      // rows at once
	sheetSize      = 8 << 20   // bytes of a file, compressed
)

// makeInventories makes the reports that are due. One that cannot be delivered holds up no other; the first error goes to the server's log, and each refusal is
// in the trail.
func (s *Service) makeInventories(w *service.Work) error {
	s.inventories.Lock()
	defer s.inventories.Unlock()
	d := &desk{Service: s, w: w}
	for {
		d.fill()
		if len(d.reports) == 0 {
			return d.failed
		}
		d.reports = slices.DeleteFunc(d.reports, d.step)
	}
}

// report is one that is being made.
type report struct {
	*Service
	w       *service.Work
	date    inventoryDate // as it is while the report is made
	bucket  *Bucket
	set     *api.InventoryConfiguration
	rules   []lifecycle.Rule
	columns []column
	sheet   *sheet
	files   []manifestFile
	walk    inventoryWalk
}

// reportManifest is what describes a report.
type reportManifest struct {
	SourceBucket      string         `json:"sourceBucket"`
	DestinationBucket string         `json:"destinationBucket"`
	Version           string         `json:"version"`
	CreationTimestamp string         `json:"creationTimestamp"`
	FileFormat        string         `json:"fileFormat"`
	FileSchema        string         `json:"fileSchema"`
	Files             []manifestFile `json:"files"`
}

type manifestFile struct {
	Key  string `json:"key"`
	Size int64  `json:"size"`
	MD5  string `json:"MD5checksum"`
}

// newReport is a report that nothing has been read for.
func (s *Service) newReport(tx store.Tx, w *service.Work, b *Bucket, set *api.InventoryConfiguration) (*report, error) {
	rules, err := lifecycleKind.in(tx, b)
	if err != nil {
		return nil, err
	}
	r := &report{Service: s, w: w, bucket: b, set: set, columns: columnsOf(set), sheet: newSheet()}
	if rules != nil {
		r.rules = rules.Rules
	}
	r.walk = inventoryWalk{bucket: b.ID, older: *set.IncludedObjectVersions == api.InventoryIncludedObjectVersionsAll}
	if set.Filter != nil {
		r.walk.prefix = *set.Filter.Prefix
	}
	return r, nil
}

// step reads a batch, and after the last one ends the report.
func (r *report) step() (more bool, err error) {
	err = r.Store.Read(r.w, func(tx store.Tx) (err error) {
		more, err = r.batch(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	if !more || r.sheet.buf.Len() >= sheetSize {
		if err := r.deliverSheet(); err != nil {
			return false, err
		}
	}
	if more {
		return true, nil
	}
	if err := r.deliverManifest(); err != nil {
		return false, err
	}
	return false, r.noteDone()
}

// batch adds rows, and reports whether there are more. A transaction that is begun anew must not add them twice: they are added at its end.
func (r *report) batch(tx store.Tx) (more bool, err error) {
	walk := r.walk
	rows, err := walk.next(tx, inventoryBatch)
	if err != nil {
		return false, err
	}
	for _, v := range rows {
		v.bucket, v.rules = r.bucket, r.rules
		if err := r.sheet.add(r.columns, v); err != nil {
			return false, err
		}
	}
	r.walk = walk
	return len(rows) == inventoryBatch, nil
}

// path is where the files of the report are.
func (r *report) path() string {
	prefix := wire.Text(r.set.Destination.S3BucketDestination.Prefix)
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return prefix + r.bucket.Name + "/" + *r.set.Id + "/"
}

func (r *report) deliverSheet() error {
	if err := r.sheet.gz.Close(); err != nil {
		return err
	}
	body := slices.Clone(r.sheet.buf.Bytes())
	empty := r.sheet.rows == 0
	r.sheet = newSheet()
	if empty {
		return nil
	}
	id, err := r.newUUID()
	if err != nil {
		return err
	}
	key := r.path() + "data/" + id + ".csv.gz"
	r.files = append(r.files, manifestFile{key, int64(len(body)), hexMD5(body)})
	return r.put(key, "application/x-gzip", body)
}

func (r *report) deliverManifest() error {
	d := r.set.Destination.S3BucketDestination
	at := r.date.Tried
	m := reportManifest{
		SourceBucket: r.bucket.Name, DestinationBucket: *d.Bucket, Version: "2016-11-30", CreationTimestamp: strconv.FormatInt(at.UnixMilli(), 10), FileFormat: *d.Format,
		Files: append([]manifestFile{}, r.files...),
	}
	var names []string
	for _, c := range r.columns {
		names = append(names, c.name)
	}
	m.FileSchema = strings.Join(names, ", ")
	text, err := json.MarshalIndent(&m, "", "  ")
	if err != nil {
		return err
	}
	var links strings.Builder
	for _, f := range r.files {
		links.WriteString("s3://" + strings.TrimPrefix(*d.Bucket, r.bucketARN("")) + "/" + f.Key + "\n")
	}
	folder := r.path() + at.Format("2006-01-02T15-04Z") + "/"
	for _, f := range []struct {
		key, kind string
		body      []byte
	}{
		{r.path() + "hive/dt=" + at.Format("2006-01-02-15-04") + "/symlink.txt", "text/plain", []byte(links.String())},
		{folder + "manifest.checksum", "text/plain", []byte(hexMD5(text))},
		{folder + "manifest.json", "application/json", text},
	} {
		if err := r.put(f.key, f.kind, f.body); err != nil {
			return err
		}
	}
	return nil
}

func hexMD5(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// put puts a file of the report into the destination.
func (r *report) put(key, kind string, body []byte) error {
	d := r.set.Destination.S3BucketDestination
	name := strings.TrimPrefix(*d.Bucket, r.bucketARN(""))
	in := &api.PutObjectInput{
		Bucket: &name, Key: &key, ContentType: &kind, ContentLength: new(int64(len(body))), Body: io.NopCloser(bytes.NewReader(body)),
		ACL: new(api.ObjectCannedACLBucketOwnerFullControl), ExpectedBucketOwner: d.AccountId,
	}
	if e := d.Encryption; e != nil {
		in.ServerSideEncryption = new(api.ServerSideEncryptionAes256)
		if e.SSEKMS != nil {
			in.ServerSideEncryption, in.SSEKMSKeyId = new(api.ServerSideEncryptionAwsKms), e.SSEKMS.KeyId
		}
	}
	as := service.AsService(notifier, r.bucketARN(r.bucket.Name), r.bucket.Account)
	c := r.w.Call(r.bucket.Account, r.bucket.Region)
	c.Time = r.Clock() // a turn may be long
	if _, err := r.w.Door.Call(c, as, "s3", "PutObject", in); err != nil {
		return fmt.Errorf("put %s into bucket %s: %w", key, name, err)
	}
	return nil
}
