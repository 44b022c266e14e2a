package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"vauban/blob"
	"vauban/blob/fs"
	"vauban/blob/memory"
	"vauban/blob/s3"
	"vauban/gateway/sigv4"
	"vauban/store"
)

// blobsDir is the directory of objects' bytes in the data directory.
const blobsDir = "blobs"

// openBlobs opens the store of objects' bytes and makes sure that it is the one that the state's objects are in.
func (st *State) openBlobs(ctx context.Context) (blob.Store, error) {
	b, err := st.cfg.blobs()
	if err != nil {
		return nil, err
	}
	if err := claim(ctx, st.Store, b); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (c *Config) blobs() (blob.Store, error) {
	switch {
	case strings.HasPrefix(c.Blobs, "s3:"):
		cfg, err := c.bucket()
		if err != nil {
			return nil, err
		}
		return s3.New(cfg)
	case c.Blobs != "":
		return fs.Open(c.Blobs, fs.Options{Rand: c.Rand})
	case c.Data != "":
		return fs.Open(filepath.Join(c.Data, blobsDir), fs.Options{Rand: c.Rand})
	}
	return memory.New(c.Rand, c.Clock), nil
}

// bucket reads s3://bucket/prefix?endpoint=https://host&region=name.
func (c *Config) bucket() (s3.Config, error) {
	u, err := url.Parse(c.Blobs)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return s3.Config{}, fmt.Errorf("object store %q: give a directory, or s3://bucket/prefix?endpoint=https://host&region=name", c.Blobs)
	}
	if c.BlobsAccessKeyID == "" || c.BlobsSecretAccessKey == "" {
		return s3.Config{}, fmt.Errorf("object store %s: its credentials are missing (VAUBAN_BLOBS_ACCESS_KEY_ID, VAUBAN_BLOBS_SECRET_ACCESS_KEY)", c.Blobs)
	}
	q := u.Query()
	return s3.Config{
		Endpoint: q.Get("endpoint"), Region: q.Get("region"), Bucket: u.Host, Prefix: strings.TrimPrefix(u.Path, "/"),
		AccessKeyID: c.BlobsAccessKeyID, Secret: sigv4.SecretKey(c.BlobsSecretAccessKey), Now: c.Clock, Rand: c.Rand,
	}, nil
}

// claimed names the store of objects' bytes that belongs to a state.
type claimed struct {
	ID  string `json:"id"` // of an object in it
	Key []byte `json:"key"`
}

var claims = &store.Table[claimed]{Name: "server.blobs", Key: func(*claimed) store.Key { return store.K("blobs") }}

// claim marks the store of bytes at the first start, and refuses another one later: a replica without the others' objects would answer that
// they are damaged.
func claim(ctx context.Context, db store.DB, b blob.Store) error {
	have, err := claimOf(ctx, db)
	if errors.Is(err, store.ErrNotFound) {
		if have, err = makeClaim(ctx, db, b); err != nil {
			return fmt.Errorf("mark the object store: %w", err)
		}
	}
	if err != nil {
		return err
	}
	o, err := b.Open(ctx, have.ID, (*blob.DataKey)(have.Key))
	if errors.Is(err, blob.ErrNotFound) {
		return errors.New("this is not the object store that the state's objects are in: with several replicas, give all of them the same --blobs, a shared directory or a bucket")
	}
	if err != nil {
		return fmt.Errorf("open the object store: %w", err)
	}
	return o.Close()
}

func claimOf(ctx context.Context, db store.DB) (*claimed, error) {
	var have *claimed
	err := db.Read(ctx, func(tx store.Tx) (err error) {
		have, err = claims.Get(tx, store.K("blobs"))
		return err
	})
	return have, err
}

// makeClaim puts the mark before it notes it. The replica that is first wins.
func makeClaim(ctx context.Context, db store.DB, b blob.Store) (*claimed, error) {
	mine := &claimed{ID: "store-" + strings.ToLower(rand.Text()), Key: make([]byte, blob.KeySize)}
	if _, err := rand.Read(mine.Key); err != nil {
		return nil, err
	}
	if _, err := b.Put(ctx, mine.ID, (*blob.DataKey)(mine.Key), strings.NewReader("The objects of a Vauban server are here, encrypted.\n")); err != nil {
		return nil, err
	}
	first := mine
	err := db.Write(ctx, func(tx store.Tx) error {
		have, err := claims.Get(tx, store.K("blobs"))
		if errors.Is(err, store.ErrNotFound) {
			first = mine
			return claims.Put(tx, mine)
		}
		first = have
		return err
	})
	return first, err
}
