package memory

import (
	"crypto/rand"
	"testing"
	"time"

	"vauban/blob/blobtest"
)

func TestConformance(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Driver {
		s := New(rand.Reader, time.Now)
		return blobtest.Driver{
			Store: s,
			Raw: func(t testing.TB, id string) []byte {
				s.mu.RLock()
				defer s.mu.RUnlock()
				return append([]byte(nil), s.objects[id].bytes...)
			},
			SetRaw: func(t testing.TB, id string, b []byte) {
				s.mu.Lock()
				defer s.mu.Unlock()
				o := s.objects[id]
				o.bytes = append([]byte(nil), b...)
				s.objects[id] = o
			},
		}
	})
}
