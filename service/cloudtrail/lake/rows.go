package lake

import (
	api "vauban/api/cloudtrail"
	"vauban/store"
)

// rowsPart is a part of the rows of a query, in their order.
type rowsPart struct {
	Query string     `json:"query"`
	First int64      `json:"first"` // number of the first row
	Next  int64      `json:"next"`  // number of the row after the last
	Rows  [][]string `json:"rows"`
}

// rowsParts are found by the number of their last row, so that a scan from a row begins in the part that has it.
var rowsParts = &store.Table[rowsPart]{
	Name: "cloudtrail.lake-rows",
	Key:  func(p *rowsPart) store.Key { return store.K(p.Query, p.Next-1) },
}

const (
	// mostResults bounds the bytes of the rows that a query keeps, and partSize those of one part.
	mostResults = 32 << 20
	partSize    = 256 << 10
	// pageSize bounds the bytes of a page.
	pageSize = 1 << 20
)

// partition cuts rows into parts.
func partition(id string, rows [][]string) (parts []*rowsPart, total int64) {
	var p *rowsPart
	size := int64(0)
	for i, r := range rows {
		if p == nil || size > partSize {
			p = &rowsPart{Query: id, First: int64(i)}
			parts, size = append(parts, p), 0
		}
		for _, v := range r {
			size += int64(len(v)) + 8
			total += int64(len(v)) + 8
		}
		p.Rows, p.Next = append(p.Rows, r), int64(i+1)
	}
	return parts, total
}

// page reads rows from a number on: at most so many, and at least one unless there is none.
func (q *Query) page(tx store.Tx, from, limit int64) ([][]string, error) {
	if q.Status != api.QueryStatusFinished {
		return nil, nil // there may be some of a run that was interrupted
	}
	var out [][]string
	size := 0
	_, err := store.Visit(tx, rowsParts, store.K(q.ID), store.K(q.ID, from-1), func(p *rowsPart) bool {
		for _, r := range p.Rows[max(0, from+int64(len(out))-p.First):] {
			if int64(len(out)) == limit || size > pageSize {
				return false
			}
			for _, v := range r {
				size += len(v)
			}
			out = append(out, r)
		}
		return true
	})
	return out, err
}
