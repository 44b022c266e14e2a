package cloudtrail

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"vauban/eventlog"
	"vauban/store"
)

// logFile is a log file that was delivered and that no digest lists yet.
type logFile struct {
	Delivery string    `json:"delivery"`
	Account  string    `json:"account"`
	Region   string    `json:"region"`
	Number   int64     `json:"number"` // of its cut
	Bucket   string    `json:"bucket"`
	Key      string    `json:"key"`
	Hash     string    `json:"hash"` // SHA-256 of the content before compression, in hexadecimal
	Newest   time.Time `json:"newest"`
	Oldest   time.Time `json:"oldest"`
}

var logFiles = &store.Table[logFile]{
	Name: "cloudtrail.log-file",
	Key:  func(f *logFile) store.Key { return store.K(f.Delivery, f.Account, f.Region, f.Number) },
}

// stream is what goes to the same files: the events of an account in a region.
type stream struct {
	account, region string
	entries         []*eventlog.Entry
}

// streams sorts the events that the trail delivers by account and region; in each they stay in the log's order.
func (t *Settings) streams(entries []*eventlog.Entry, members []string) []*stream {
	type place struct{ account, region string }
	index := map[place]*stream{}
	var out []*stream
	for _, e := range entries {
		if !t.covers(e, members) || !t.picks(e) {
			continue
		}
		at := place{e.Account, e.Region}
		if index[at] == nil {
			index[at] = &stream{account: e.Account, region: e.Region}
			out = append(out, index[at])
		}
		index[at].entries = append(index[at].entries, e)
	}
	slices.SortFunc(out, func(a, b *stream) int {
		return cmp.Or(strings.Compare(a.account, b.account), strings.Compare(a.region, b.region))
	})
	return out
}

// times are those of the stream's newest and oldest events.
func (s *stream) times() (newest, oldest time.Time) {
	newest, oldest = s.entries[0].Time, s.entries[0].Time
	for _, e := range s.entries[1:] {
		if e.Time.After(newest) {
			newest = e.Time
		}
		if e.Time.Before(oldest) {
			oldest = e.Time
		}
	}
	return newest, oldest
}

// packer makes files. It keeps its buffers from one file to the next.
type packer struct {
	out bytes.Buffer
	zip *gzip.Writer
}

// pack writes the stream's records as they are into a file's content. The result is good until the next one. The same records make the same
// bytes.
func (p *packer) pack(s *stream) (body []byte, hash string, err error) {
	p.out.Reset()
	if p.zip == nil {
		if p.zip, err = gzip.NewWriterLevel(&p.out, gzip.BestSpeed); err != nil {
			return nil, "", fmt.Errorf("set up compression: %w", err)
		}
	} else {
		p.zip.Reset(&p.out)
	}
	sum := sha256.New()
	write := func(b []byte) {
		sum.Write(b)
		if err == nil {
			_, err = p.zip.Write(b)
		}
	}
	write([]byte(`{"Records":[`))
	for i, e := range s.entries {
		if i > 0 {
			write([]byte{','})
		}
		write(e.Record)
	}
	write([]byte(`]}`))
	if err == nil {
		err = p.zip.Close()
	}
	if err != nil {
		return nil, "", fmt.Errorf("compress a log file: %w", err)
	}
	return p.out.Bytes(), hex.EncodeToString(sum.Sum(nil)), nil
}
