package series

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"vauban/engine/metric"
	"vauban/store"
)

// Dimension is a part of a metric's identity.
type Dimension struct {
	Name  string `json:"n"`
	Value string `json:"v"`
}

// Metric is the identity of a series.
type Metric struct {
	Account    string      `json:"account"`
	Region     string      `json:"region"`
	Namespace  string      `json:"namespace"`
	Name       string      `json:"name"`
	Dimensions []Dimension `json:"dimensions,omitempty"` // by name
}

// ID names a series. It is made of the metric: who writes samples need not look it up.
type ID [16]byte

// ID returns the ID of the metric, whatever the order of its dimensions.
func (m *Metric) ID() ID {
	dims := m.Dimensions
	if !slices.IsSortedFunc(dims, byName) {
		dims = slices.SortedFunc(slices.Values(dims), byName)
	}
	h := sha256.New()
	part := func(s string) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	for _, s := range []string{m.Account, m.Region, m.Namespace, m.Name} {
		part(s)
	}
	for _, d := range dims {
		part(d.Name)
		part(d.Value)
	}
	return ID(h.Sum(nil)[:16])
}

func byName(a, b Dimension) int { return strings.Compare(a.Name, b.Name) }

// Series is a metric that has samples.
type Series struct {
	Metric
	Fine bool      `json:"fine,omitempty"` // it has samples of high resolution
	Last time.Time `json:"last"`           // when a sample came, to a quarter of an hour
}

func (s *Series) key() store.Key {
	id := s.ID()
	return store.K(s.Account, s.Region, s.Namespace, s.Name, id[:])
}

// cardinality counts the series of an account in a region.
type cardinality struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Count   int    `json:"count"`
}

// bucket is what came within one span of time, in one unit.
type bucket struct {
	id   ID
	span int64 // seconds

	Time int64  `json:"t"`           // when the span begins, in seconds since 1970
	Unit string `json:"u,omitempty"` // "" is None
	metric.Bucket
}

// Spans of the tiers, in seconds.
const (
	second int64 = 1
	minute int64 = 60
	five   int64 = 300
	hour   int64 = 3600
)

func (b *bucket) key() store.Key { return store.K(b.id[:], b.span, b.Time, b.Unit) }

func seriesTable() *store.Table[Series] {
	return &store.Table[Series]{Name: "cloudwatch.series", Key: (*Series).key}
}

func cardinalityTable() *store.Table[cardinality] {
	return &store.Table[cardinality]{Name: "cloudwatch.cardinality", Key: func(c *cardinality) store.Key { return store.K(c.Account, c.Region) }}
}

func bucketTable() *store.Table[bucket] {
	return &store.Table[bucket]{Name: "cloudwatch.bucket", Key: (*bucket).key}
}
