package s3

import (
	"context"
	"fmt"
	"testing"
	"time"

	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/storetest"
)

// benchKeys is how many objects the bucket holds.
const benchKeys = 1_000_000

// BenchmarkListing measures the first page of listings of a large bucket: 1,000 folders of objects, grouped, and one page without grouping.
func BenchmarkListing(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) store.DB{
		"sqlite": func(b *testing.B) store.DB { return inMemory(b) },
		"postgres": func(b *testing.B) store.DB {
			db, err := postgres.Open(context.Background(), storetest.Postgres(b), postgres.Options{Timeout: time.Minute})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = db.Close() })
			return db
		},
	} {
		b.Run(name, func(b *testing.B) {
			db := open(b)
			fill(b, db, benchKeys)
			for _, w := range []walk{{bucket: "b", delimiter: "/"}, {bucket: "b", prefix: "folder-0500/"}, {bucket: "b", prefix: "folder-0500/", delimiter: "/"}} {
				b.Run(fmt.Sprintf("prefix=%s,delimiter=%s", w.prefix, w.delimiter), func(b *testing.B) {
					s := New(service.Deps{}, nil)
					for b.Loop() {
						err := db.Read(context.Background(), func(tx store.Tx) error {
							p, err := s.page(&service.Call{Tx: tx}, w, maxListed, func(s string) *string { return &s }, nil)
							if err == nil && p.count() != min(maxListed, benchKeys) {
								err = fmt.Errorf("a page of %d", p.count())
							}
							return err
						})
						if err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

func fill(b *testing.B, db store.DB, keys int) {
	v := Version{Bucket: "b", ID: nullID, Size: 1, ETag: "5d41402abc4b2a76b9719d911017c592", Created: time.Unix(1_700_000_000, 0).UTC(),
		Content: content{ID: "0123456789abcdef0123456789abcdef", Small: true, Seal: sealing{Kind: api.ServerSideEncryptionAes256, Key: make([]byte, 100)}},
		Sums:    checksums{Algorithm: algorithmCRC64NVME, Type: api.ChecksumTypeFullObject, Value: "M3eFcAZSQlc="}}
	const batch = 5000
	for from := 0; from < keys; from += batch {
		err := db.Write(context.Background(), func(tx store.Tx) error {
			for i := from; i < min(from+batch, keys); i++ {
				v.Key = fmt.Sprintf("folder-%04d/object-%07d", i/1000, i)
				if err := currents.Insert(tx, &v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
