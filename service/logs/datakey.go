package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
	"vauban/store"
)

// DataKey is a data key of KMS under which chunks of a group are sealed, as KMS has wrapped it.
type DataKey struct {
	Group   string // ID
	ID      string
	Name    string // of the group: part of the encryption context
	Key     string // ARN of the key that wraps it
	Wrapped []byte
	Made    time.Time

	open *datakey.Key
}

var wrappedKeys = &store.Table[DataKey]{
	Name: "logs.datakey",
	Key:  func(k *DataKey) store.Key { return store.K(k.Group, k.ID) },
}

// A key that is disabled, or a policy that is changed, is soon felt.
const (
	keptOpen   = 5 * time.Minute // in memory
	usedToSeal = 24 * time.Hour  // to seal further chunks
)

// groupKey is a data key of a group in the clear.
type groupKey struct {
	id string
	*datakey.Key
}

// asLogs is who asks KMS: the service in the group's Region, on behalf of the group. User Guide: "Encrypt log data in CloudWatch Logs using AWS KMS".
func asLogs(g *Group) service.Identity {
	return service.AsService("logs."+g.Region+".amazonaws.com", g.arn(), g.Account)
}

func contextOf(account, region, name string) map[string]string {
	return map[string]string{"aws:logs:arn": groupARN(account, region, name)}
}

// newDataKey asks KMS for a data key for the group. It must not be called in a transaction.
func (s *Service) newDataKey(c *service.Call, g *Group) (*DataKey, error) {
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	k, err := datakey.Generate(c, asLogs(g), g.Key, contextOf(g.Account, g.Region, g.Name))
	if err != nil {
		return nil, ofKMS(g, err)
	}
	return &DataKey{Group: g.ID, ID: id, Name: g.Name, Key: g.Key, Wrapped: k.Wrapped, Made: s.Clock(), open: k}, nil
}

// ofKMS puts a refusal of KMS into AWS's words.
func ofKMS(g *Group, err error) error {
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape.Fault {
		return err
	}
	return api.AccessDeniedException.New("The specified KMS key does not exist or is not allowed to be used with Arn '%s'", g.arn()).Because(err)
}

// sealingKey is the data key for events that come now, nil in a group without a key. fresh is one that must be stored with them.
func (s *Service) sealingKey(c *service.Call, g *Group) (key *groupKey, fresh *DataKey, err error) {
	if g.Key == "" {
		return nil, nil, nil
	}
	now := s.Clock()
	var last *DataKey
	err = s.Store.Read(c, func(tx store.Tx) error {
		last = nil
		for k, err := range wrappedKeys.Each(tx, store.K(g.ID)) {
			if err != nil {
				return err
			}
			if k.Key == g.Key && now.Sub(k.Made) < usedToSeal && (last == nil || k.Made.After(last.Made)) {
				last = k
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if last != nil {
		key, err = s.openingKey(c, g, last)
		return key, nil, err
	}
	if fresh, err = s.newDataKey(c, g); err != nil {
		return nil, nil, err
	}
	s.dataKeys.Put(fresh.ID, fresh.open, now.Add(keptOpen))
	return &groupKey{fresh.ID, fresh.open}, fresh, nil
}

// openingKey opens a data key. It must not be called in a transaction.
func (s *Service) openingKey(c *service.Call, g *Group, k *DataKey) (*groupKey, error) {
	now := s.Clock()
	if known := s.dataKeys.Get(k.ID, now); known != nil {
		return &groupKey{k.ID, known}, nil
	}
	open, err := datakey.Decrypt(c, asLogs(g), k.Wrapped, contextOf(g.Account, g.Region, k.Name))
	if err != nil {
		return nil, ofKMS(g, err)
	}
	s.dataKeys.Put(k.ID, open, now.Add(keptOpen))
	return &groupKey{k.ID, open}, nil
}

// opened are the data keys that a reader has.
type opened map[string]*groupKey

// missingKey says that a chunk wants a data key that the reader has not.
type missingKey struct{ id string }

func (m *missingKey) Error() string { return "logs: data key " + m.id + " is not open" }

// reading runs fn on a snapshot, with the data keys of the groups that its chunks want. KMS cannot be asked in a transaction, so fn runs again when it meets a
// key that is not open.
func (s *Service) reading(ctx context.Context, c *service.Call, among []*Group, fn func(tx store.Tx, keys opened) error) error {
	keys := opened{}
	for {
		err := s.Store.Read(ctx, func(tx store.Tx) error { return fn(tx, keys) })
		var missing *missingKey
		if !errors.As(err, &missing) {
			return err
		}
		if err := s.openKey(ctx, c, among, keys, missing.id); err != nil {
			return err
		}
	}
}

func (s *Service) openKey(ctx context.Context, c *service.Call, among []*Group, keys opened, id string) error {
	for _, g := range among {
		var k *DataKey
		err := s.Store.Read(ctx, func(tx store.Tx) (err error) {
			k, err = wrappedKeys.Get(tx, store.K(g.ID, id))
			return err
		})
		if store.IsAbsent(err) {
			continue
		}
		if err != nil {
			return err
		}
		keys[id], err = s.openingKey(c, g, k)
		return err
	}
	return fmt.Errorf("logs: data key %s: %w", id, store.ErrNotFound)
}

const bulkTable = "logs.bulk"

// lock seals the packed events of a chunk. key is nil in a group without a key.
func (s *Service) lock(k *Chunk, plain []byte, key *groupKey) ([]byte, error) {
	if key == nil {
		sealed, err := s.Seal.Seal(bulkTable, store.K(k.ID), plain)
		if err != nil {
			return nil, fmt.Errorf("seal events: %w", err)
		}
		return sealed, nil
	}
	k.Key = key.id
	return key.Seal(s.Rand, plain, k.ID)
}

func (s *Service) unlock(k *Chunk, sealed []byte, keys opened) ([]byte, error) {
	if k.Key == "" {
		plain, err := s.Seal.Open(bulkTable, store.K(k.ID), sealed)
		if err != nil {
			return nil, fmt.Errorf("open chunk %s: %w", k.ID, err)
		}
		return plain, nil
	}
	key := keys[k.Key]
	if key == nil {
		return nil, &missingKey{k.Key}
	}
	plain, err := key.Open(sealed, k.ID)
	if err != nil {
		return nil, fmt.Errorf("open chunk %s: %w", k.ID, err)
	}
	return plain, nil
}
