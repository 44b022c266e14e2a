package s3

import (
	"time"

	"vauban/store"
)

func partIsNamed(tx store.Tx, content, id string) (bool, error)               { return true, nil }
func (s *Service) abandonUploads(tx store.Tx, b *Bucket, now time.Time) error { return nil }
