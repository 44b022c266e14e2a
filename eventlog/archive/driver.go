package archive

import (
	"context"
	"errors"
	"time"
)

// ErrNoPart is returned by Driver.Read for a partition that does not exist (any more).
var ErrNoPart = errors.New("archive: no such partition")

// Kind separates events that are kept for different times.
type Kind uint8

// The kinds.
const (
	Management Kind = iota
	Data
)

// Day counts UTC days since 1970-01-01.
type Day int32

const secondsPerDay = 24 * 60 * 60

// DayOf is the UTC day of the time. Times whose day does not fit are given the nearest that does.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return Day(min(max(d, minDay), maxDay))
}

// Days that can be written as YYYYMMDD: years 0 to 9999.
const (
	minDay = -719528
	maxDay = 2932896
)

// Start is the first instant of the day.
func (d Day) Start() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String is YYYYMMDD.
func (d Day) String() string { return d.Start().Format("20060102") }

// ParseDay reads YYYYMMDD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return 0, err
	}
	return DayOf(t), nil
}

// Part names a partition.
type Part struct {
	Kind Kind
	Day  Day
}

// Info describes a partition.
type Info struct {
	Part
	First, Last int64 // sequence numbers
	Events      int64
	Bytes       int64 // compressed
	Segmented   int64 // IDs of events up to this one are in segments
}

// Table is one of a partition's tables. In all of them a row has two numbers as its key and bytes as its value.
type Table uint8

// The tables.
const (
	Frames   Table = iota // A = 0, B = first sequence number
	Blocks                // A = 0, B = first sequence number
	Postings              // A = term, B = first sequence number of the block
	Segments              // A = bucket of fingerprints, B = first sequence number of the segment
	Tables   = 4
)

// Key is a row's key.
type Key struct{ A, B int64 }

// Row is a row of a table.
type Row struct {
	Key
	Value []byte
}

// Driver keeps partitions. Implementations are safe for concurrent use, also by several processes where the driver says so.
type Driver interface {
	// Parts lists the partitions in no particular order.
	Parts(ctx context.Context) ([]Info, error)
	// Write runs fn in a transaction on the partition, which is made when needed. Writes of one partition never overlap. What fn wrote is durable
	// when Write returns nil, and undone when fn fails. A full disk answers an error that wraps store.ErrFull.
	Write(ctx context.Context, p Part, fn func(Writer) error) error
	// Read runs fn on a snapshot of the partition, or answers ErrNoPart.
	Read(ctx context.Context, p Part, fn func(Reader) error) error
	// Drop removes the partition; one that does not exist is no error.
	Drop(ctx context.Context, p Part) error
	// Close waits for what is running.
	Close() error
}

// Reader reads rows. Values belong to the caller.
type Reader interface {
	// Scan returns the rows with the given A and from <= B <= to, in the order of B, descending if desc, at most limit.
	Scan(t Table, a, from, to int64, desc bool, limit int) ([]Row, error)
	// Info describes the partition; only Part is set in a new one.
	Info() (Info, error)
}

// Writer reads and writes rows. Whether Scan sees what the same function has written is not defined: read first.
type Writer interface {
	Reader
	// Delete removes rows; absent ones are no error.
	Delete(t Table, keys []Key) error
	// Put inserts or replaces rows.
	Put(t Table, rows []Row) error
	// SetInfo stores the description.
	SetInfo(Info) error
}
