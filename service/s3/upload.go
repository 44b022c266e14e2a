package s3

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"vauban/store"
)

// upload is a multipart upload under way.
type upload struct {
	ID        string    `json:"id"` // of the content to be, too
	Bucket    string    `json:"bucket"`
	Key       string    `json:"key"`
	Initiated time.Time `json:"initiated"`
	Initiator string    `json:"initiator"` // ARN
	Algorithm string    `json:"algorithm,omitempty"`
	Type      string    `json:"type,omitempty"`
	Version   Version   `json:"version"` // as it was asked for, without bytes; its content has the data key
}

var uploads = &store.Table[upload]{
	Name: "s3.upload",
	Key:  func(u *upload) store.Key { return store.K(u.Bucket, u.Key, u.ID) },
}

// part is an uploaded part.
type part struct {
	Upload  string    `json:"upload"`
	Number  int       `json:"number"`
	Size    int64     `json:"size"`
	ETag    string    `json:"etag"`
	Sum     checksums `json:"sum"`
	Whole   string    `json:"whole,omitempty"` // CRC64NVME, where the upload names no algorithm
	Blob    string    `json:"blob"`
	Created time.Time `json:"created"`
}

var parts = &store.Table[part]{
	Name: "s3.part",
	Key:  func(p *part) store.Key { return store.K(p.Upload, p.Number) },
}

// newUploadID makes an ID that orders by time.
func (s *Service) newUploadID(now time.Time) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	return fmt.Sprintf("%012x", now.UnixMilli()) + hex.EncodeToString(b[:]), nil
}

// newPartID names the blob of a part: each attempt has its own.
func (s *Service) newPartID(u *upload, number int) (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	return blobID(u.ID) + "-" + strconv.Itoa(number) + "-" + hex.EncodeToString(b[:]), nil
}

// partIsNamed reports whether a part's blob belongs to an upload under way or to a version.
func partIsNamed(tx store.Tx, content, id string) (bool, error) {
	_, rest, _ := strings.Cut(strings.TrimPrefix(id, blobPrefix), "-")
	digits, _, _ := strings.Cut(rest, "-")
	number, err := strconv.Atoi(digits)
	if err != nil {
		return false, nil // no blob of ours
	}
	p, err := parts.Get(tx, store.K(content, number))
	if err == nil && p.Blob == id || err != nil && !store.IsAbsent(err) {
		return err == nil, err
	}
	m, err := manifests.Get(tx, store.K(content))
	if store.IsAbsent(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for i := range m.Parts {
		if m.Parts[i].Blob == id {
			return true, nil
		}
	}
	return false, nil
}

// abandon ends an upload without an object.
func (s *Service) abandon(tx store.Tx, u *upload, now time.Time) error {
	if err := s.dropParts(tx, u, nil, now); err != nil {
		return err
	}
	return uploads.Delete(tx, store.K(u.Bucket, u.Key, u.ID))
}

// dropParts removes the parts of an upload, with the bytes of those that are not used.
func (s *Service) dropParts(tx store.Tx, u *upload, used map[int]bool, now time.Time) error {
	page, err := parts.List(tx, store.K(u.ID), nil, 0)
	if err != nil {
		return err
	}
	for _, p := range page.Items {
		if !used[p.Number] {
			if err := s.letGo(tx, p.Blob, now); err != nil {
				return err
			}
		}
		if err := parts.Delete(tx, parts.Key(p)); err != nil {
			return err
		}
	}
	return nil
}

// abandonUploads ends all uploads of a bucket that is deleted.
func (s *Service) abandonUploads(tx store.Tx, b *Bucket, now time.Time) error {
	page, err := uploads.List(tx, store.K(b.ID), nil, 0)
	if err != nil {
		return err
	}
	for _, u := range page.Items {
		if err := s.abandon(tx, u, now); err != nil {
			return err
		}
	}
	return nil
}
