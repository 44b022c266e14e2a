package s3

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/engine/lifecycle"
)

// inventoryRow is a version as a report shows it.
type inventoryRow struct {
	bucket *Bucket
	rules  []lifecycle.Rule
	latest bool
	*Version
}

// column is a field of a report.
type column struct {
	name  string
	shown func(*inventoryRow) string
}

// columns are the optional fields, in the order of AWS's reports. Amazon S3 User Guide: "Amazon S3 Inventory list".
func columns() []column {
	return []column{
		{api.InventoryOptionalFieldSize, func(v *inventoryRow) string { return ofContent(v, strconv.FormatInt(v.Size, 10)) }},
		{api.InventoryOptionalFieldLastModifiedDate, func(v *inventoryRow) string { return moment8601(v.Created) }},
		{api.InventoryOptionalFieldETag, func(v *inventoryRow) string { return v.ETag }},
		{api.InventoryOptionalFieldStorageClass, func(v *inventoryRow) string { return ofContent(v, classShown(v.Class)) }},
		{api.InventoryOptionalFieldIsMultipartUploaded, func(v *inventoryRow) string { return ofContent(v, strconv.FormatBool(v.Content.Parts > 0)) }},
		{api.InventoryOptionalFieldReplicationStatus, func(v *inventoryRow) string { return v.Replica.Status }},
		{api.InventoryOptionalFieldEncryptionStatus, func(v *inventoryRow) string { return ofContent(v, encryptionStatus(&v.Content.Seal)) }},
		{api.InventoryOptionalFieldObjectLockRetainUntilDate, func(v *inventoryRow) string {
			if v.Lock.Until.IsZero() {
				return ""
			}
			return moment8601(v.Lock.Until)
		}},
		{api.InventoryOptionalFieldObjectLockMode, func(v *inventoryRow) string { return v.Lock.Mode }},
		{api.InventoryOptionalFieldObjectLockLegalHoldStatus, func(v *inventoryRow) string {
			if v.Lock.Hold {
				return "On"
			}
			return ofContent(v, "Off")
		}},
		{api.InventoryOptionalFieldBucketKeyStatus, func(v *inventoryRow) string {
			switch {
			case v.Content.Seal.Kind != api.ServerSideEncryptionAwsKms:
				return ""
			case v.Content.Seal.BucketKey:
				return "ENABLED"
			}
			return "DISABLED"
		}},
		{api.InventoryOptionalFieldChecksumAlgorithm, func(v *inventoryRow) string { return v.Sums.Algorithm }},
		{api.InventoryOptionalFieldObjectOwner, func(v *inventoryRow) string { return canonicalID(v.bucket.Account) }},
		{api.InventoryOptionalFieldLifecycleExpirationDate, func(v *inventoryRow) string {
			if d := lifecycle.Current(v.rules, v.aged()); v.latest && !v.Marker && d.Set() {
				return moment8601(d.At)
			}
			return ""
		}},
	}
}

// columnOf is nil for a field that no report has here.
func columnOf(name string) *column {
	all := columns()
	if i := slices.IndexFunc(all, func(c column) bool { return c.name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// columnsOf are those of a report, the first of which no configuration leaves out.
func columnsOf(set *api.InventoryConfiguration) []column {
	out := []column{{"Bucket", func(v *inventoryRow) string { return v.bucket.Name }}, {"Key", func(v *inventoryRow) string { return escapedKey(v.Key) }}}
	if *set.IncludedObjectVersions == api.InventoryIncludedObjectVersionsAll {
		out = append(out,
			column{"VersionId", func(v *inventoryRow) string { return versionShown(v.bucket, v.ID) }},
			column{"IsLatest", func(v *inventoryRow) string { return strconv.FormatBool(v.latest) }},
			column{"IsDeleteMarker", func(v *inventoryRow) string { return strconv.FormatBool(v.Marker) }})
	}
	for _, c := range columns() {
		if slices.Contains(set.OptionalFields, c.name) {
			out = append(out, c)
		}
	}
	return out
}

// versionShown is empty in a bucket that has never had versions.
func versionShown(b *Bucket, id string) string {
	if versioningOf(b) == "" {
		return ""
	}
	return id
}

// ofContent is empty of a delete marker, which has none.
func ofContent(v *inventoryRow, text string) string {
	if v.Marker {
		return ""
	}
	return text
}

func moment8601(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func classShown(class string) string {
	if class == "" {
		return api.StorageClassStandard
	}
	return class
}

func encryptionStatus(seal *sealing) string {
	switch seal.Kind {
	case api.ServerSideEncryptionAwsKms:
		return "SSE-KMS"
	case customer:
		return customer
	}
	return "SSE-S3"
}

// escapedKey is a key as reports have it: URL-encoded, but for its slashes.
func escapedKey(key string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(key) {
		switch b := key[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte("-_.~/", b) >= 0:
			out.WriteByte(b)
		default:
			out.WriteString(string([]byte{'%', digits[b>>4], digits[b&15]}))
		}
	}
	return out.String()
}

// sheet is one file of a report, in memory: when it has grown to its size the next one is begun.
type sheet struct {
	gz   *gzip.Writer
	buf  bytes.Buffer
	rows int
}

func newSheet() *sheet {
	f := &sheet{}
	f.gz = gzip.NewWriter(&f.buf)
	return f
}

// add writes a row. No value has a quotation mark: keys are escaped.
func (f *sheet) add(columns []column, v *inventoryRow) error {
	var line strings.Builder
	for i, c := range columns {
		if i > 0 {
			line.WriteByte(',')
		}
		line.WriteByte('"')
		line.WriteString(c.shown(v))
		line.WriteByte('"')
	}
	line.WriteByte('\n')
	f.rows++
	_, err := f.gz.Write([]byte(line.String()))
	return err
}
