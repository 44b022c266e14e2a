package logs

import (
	"fmt"
	"slices"

	"vauban/engine/fieldindex"
	"vauban/engine/logquery"
	"vauban/store"
)

// ChunkIndex is the index of a chunk by the fields that its group's policy named when the events came. It is sealed as the chunk is: what it has would tell
// whether an event is there.
type ChunkIndex struct {
	ID     string // of the chunk
	Sealed []byte
}

var chunkIndexes = &store.Table[ChunkIndex]{
	Name: "logs.chunkindex",
	Key:  func(x *ChunkIndex) store.Key { return store.K(x.ID) },
}

// indexOf makes the index of a chunk's events.
func (s *Service) indexOf(g *Group, k *Chunk, events []Event, fields []string, key *groupKey) (*ChunkIndex, error) {
	values := make([]map[string]struct{}, len(fields))
	for i := range values {
		values[i] = map[string]struct{}{}
	}
	rec := &logquery.Record{Log: g.Account + ":" + g.Name, Region: g.Region}
	for i := range events {
		rec.Message, rec.Transformed, rec.Failed = events[i].Message, events[i].Made, events[i].Failed
		for j, v := range logquery.Keys(rec, fields) {
			if v != "" {
				values[j][v] = struct{}{}
			}
		}
	}
	x := fieldindex.Index{}
	for i, f := range fields {
		x.Add(f, values[i])
	}
	sealed, err := s.lock(indexPlace(k), x.Marshal(fields), key)
	return &ChunkIndex{ID: k.ID, Sealed: sealed}, err
}

// indexPlace stands for a chunk where its index is sealed.
func indexPlace(k *Chunk) *Chunk { return &Chunk{ID: k.ID + "/index", Key: k.Key} }

// mayHave reports whether a chunk can have events that meet the conditions.
func (s *Service) mayHave(tx store.Tx, k *Chunk, rec *logquery.Record, conditions []logquery.Condition, keys opened) (bool, error) {
	var x fieldindex.Index
	for i := range conditions {
		c := &conditions[i]
		switch c.Field {
		case "@logStream", "@log", "@aws.account", "@aws.region": // the same for all events of a chunk
			if !slices.Contains(c.Keys, logquery.Keys(rec, []string{c.Field})[0]) {
				return false, nil
			}
			continue
		}
		if !slices.Contains(k.Indexed, c.Field) {
			if c.Forced {
				return false, nil
			}
			continue
		}
		if x == nil {
			var err error
			if x, err = s.openIndex(tx, k, keys); err != nil {
				return false, err
			}
		}
		if !slices.ContainsFunc(c.Keys, func(key string) bool { return x.May(c.Field, key) }) {
			return false, nil
		}
	}
	return true, nil
}

func (s *Service) openIndex(tx store.Tx, k *Chunk, keys opened) (fieldindex.Index, error) {
	d, err := chunkIndexes.Get(tx, store.K(k.ID))
	if err != nil {
		return nil, fmt.Errorf("index of chunk %s: %w", k.ID, err)
	}
	plain, err := s.unlock(indexPlace(k), d.Sealed, keys)
	if err != nil {
		return nil, err
	}
	x, err := fieldindex.Unmarshal(plain)
	if err != nil {
		return nil, fmt.Errorf("index of chunk %s: %w", k.ID, err)
	}
	return x, nil
}
