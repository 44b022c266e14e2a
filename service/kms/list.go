package kms

import (
	"encoding/base64"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/store"
)

func (s *Service) listOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListKeys, onAll[api.ListKeysInput](nil), s.listKeys),
	}
}

// page is where a listing goes on, and how many it shows.
type page struct {
	after store.Key
	limit int
}

// pageOf reads the marker of a listing that shows that many when it is not asked for another number.
func pageOf(marker *string, limit *int64, usual int) (page, error) {
	p := page{limit: usual}
	if limit != nil {
		p.limit = int(*limit)
	}
	if marker != nil {
		b, err := base64.RawURLEncoding.DecodeString(*marker)
		if err != nil || len(b) == 0 {
			return p, badMarker()
		}
		p.after = b
	}
	return p, nil
}

// badMarker is the answer to a marker that no answer has given.
func badMarker() error { return api.InvalidMarkerException.New("Invalid marker.") }

// marker is where the next page starts, nil after the last.
func marker(next store.Key) *string {
	if next == nil {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString(next))
}

func (s *Service) listKeys(c *service.Call, in *api.ListKeysInput) (*api.ListKeysOutput, error) {
	p, err := pageOf(in.Marker, in.Limit, 100)
	if err != nil {
		return nil, err
	}
	list, err := keyTable.List(c.Tx, store.K(c.Account, c.Region), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListKeysOutput{Keys: []api.KeyListEntry{}, NextMarker: marker(list.Next), Truncated: new(list.Next != nil)}
	for _, k := range list.Items {
		out.Keys = append(out.Keys, api.KeyListEntry{KeyId: &k.ID, KeyArn: new(k.ARN())})
	}
	return out, nil
}
