package gateway

import (
	"cmp"
	"fmt"
	"slices"

	"vauban/api/wire"
	"vauban/service"
)

// directory finds services and rows.
type directory struct {
	bySigning map[string][]*entry
	byTarget  map[string]*entry // service shape name
	byName    map[string]*entry // folder name, for the internal door
	all       []*entry
	websites  []*entry
	web       *webService // that gives addresses out, nil when none does
	sites     *entry      // that serves websites, nil when none does
	observed  *entry      // that wants to know of the requests it got, nil when none does
	crossing  *entry      // that browsers call from pages of other origins, nil when there is none
}

// entry is one service with its rows.
type entry struct {
	api      *wire.Service
	router   *wire.Router        // nil unless a REST protocol is spoken
	website  service.Website     // nil unless it answers plain GETs
	site     service.Sites       // nil unless it serves websites
	observer service.Observer    // nil unless it wants to know of its requests
	crossing service.CrossOrigin // nil unless pages of other origins may call it
	rows     map[string]*service.Row
	known    map[string]bool // operations of the model that are not built
}

func newDirectory(services []service.Service) (*directory, error) {
	d := &directory{bySigning: map[string][]*entry{}, byTarget: map[string]*entry{}, byName: map[string]*entry{}}
	for _, s := range services {
		api := s.API()
		if d.byName[api.Name] != nil {
			return nil, fmt.Errorf("service %s is listed twice", api.Name)
		}
		e := &entry{api: api, rows: map[string]*service.Row{}, known: map[string]bool{}}
		for _, name := range api.Unbuilt {
			e.known[name] = true
		}
		for _, op := range api.Operations {
			e.known[op.Name] = true
		}
		for _, row := range s.Operations() {
			if row.Op == nil || row.Resource == nil || row.Handle == nil {
				return nil, fmt.Errorf("%s: a row lacks its operation, resource rule or handler", api.Name)
			}
			if row.Op.Service != api {
				return nil, fmt.Errorf("%s: operation %s belongs to another service", api.Name, row.Op.Name)
			}
			if e.rows[row.Op.Name] != nil {
				return nil, fmt.Errorf("%s: two rows for %s", api.Name, row.Op.Name)
			}
			e.rows[row.Op.Name] = &row
		}
		if slices.Contains(api.Protocols, wire.RESTJSON1) || slices.Contains(api.Protocols, wire.RESTXML) {
			e.router = wire.NewRouter(api)
		}
		if w, ok := s.(service.Web); ok {
			d.web = &webService{e, w.WebOperation()}
			e.crossing, _ = s.(service.CrossOrigin) // of its addresses
		} else if c, ok := s.(service.CrossOrigin); ok {
			if d.crossing != nil {
				return nil, fmt.Errorf("%s and %s both answer for pages of other origins", d.crossing.api.Name, api.Name)
			}
			e.crossing, d.crossing = c, e
		}
		if w, ok := s.(service.Sites); ok {
			if d.sites != nil {
				return nil, fmt.Errorf("%s and %s both serve websites: a host name has one owner", d.sites.api.Name, api.Name)
			}
			e.site, d.sites = w, e
		}
		if o, ok := s.(service.Observer); ok {
			if d.observed != nil {
				return nil, fmt.Errorf("%s and %s both observe their requests: the door tells one service", d.observed.api.Name, api.Name)
			}
			e.observer, d.observed = o, e
		}
		if w, ok := s.(service.Website); ok {
			e.website = w
			d.websites = append(d.websites, e)
		}
		d.byName[api.Name], d.byTarget[api.TargetPrefix] = e, e
		d.bySigning[api.SigningName] = append(d.bySigning[api.SigningName], e)
		d.all = append(d.all, e)
	}
	for _, sharing := range d.bySigning {
		slices.SortStableFunc(sharing, func(a, b *entry) int { // S3 takes any path: it comes after S3 Control
			return cmp.Compare(rank(a), rank(b))
		})
	}
	return d, nil
}

// rank is 1 for services whose routes match any path.
func rank(e *entry) int {
	if e.api.BareErrors {
		return 1
	}
	return 0
}

// query finds the service of a query request: by the signing name, split on Version where services share it; unsigned requests
// by the Version and Action, which are unique together. A link that people open has no Version: its Action must be open to all.
func (d *directory) query(signing, version, action string) *entry {
	candidates := d.all
	if signing != "" {
		candidates = d.bySigning[signing]
		if len(candidates) == 1 {
			return candidates[0]
		}
	}
	for _, e := range candidates {
		if version == "" && signing == "" && e.website != nil && e.rows[action] != nil && e.rows[action].Unsigned {
			return e
		}
		if e.api.Version == version && (signing != "" || e.rows[action] != nil || e.known[action]) {
			return e
		}
	}
	return nil
}
