package iam

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/store"
)

// jobDone and jobFailed are the states of a report: none is ever in progress.
const (
	jobDone   = "COMPLETED"
	jobFailed = "FAILED"
)

// getLastAccessed lists the services that the subject's policies grant, ordered by namespace, each with its last access.
func (s *Service) getLastAccessed(c *service.Call, in *api.GetServiceLastAccessedDetailsInput) (*api.GetServiceLastAccessedDetailsOutput, error) {
	r, about, gone, err := s.report(c, *in.JobId)
	if err != nil {
		return nil, err
	}
	out := &api.GetServiceLastAccessedDetailsOutput{
		JobStatus: new(jobDone), JobType: &r.Granularity, JobCreationDate: &r.Created, JobCompletionDate: &r.Created, ServicesLastAccessed: []api.ServiceLastAccessed{},
	}
	if gone != nil {
		out.JobStatus, out.Error = new(jobFailed), gone
		return out, nil
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	held, err := about.held(c.Tx)
	if err != nil {
		return nil, err
	}
	allowed, err := grantedBy(held)
	if err != nil {
		return nil, err
	}
	known, err := knownServices()
	if err != nil {
		return nil, err
	}
	listed := slices.DeleteFunc(slices.Clone(known), func(n namedService) bool { return !allowed.service(n.namespace) })
	listed, next := cut(listed, p, func(n namedService) string { return n.namespace })
	last, err := lastOf(c, about)
	if err != nil {
		return nil, err
	}
	for _, n := range listed {
		shown := last.service(n)
		if r.Granularity == actionLevel {
			shown.TrackedActionsLastAccessed = last.actions(n.namespace, s.tracked[n.namespace], allowed)
		}
		out.ServicesLastAccessed = append(out.ServicesLastAccessed, *shown)
	}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

// lastAccesses are what the principals behind a subject accessed within the tracking period.
type lastAccesses struct {
	since time.Time
	by    []usesOf
}

type usesOf struct {
	entity   *api.EntityInfo
	services map[string]*serviceUse
}

func lastOf(c *service.Call, about *entityRef) (*lastAccesses, error) {
	who, err := about.principals(c)
	if err != nil {
		return nil, err
	}
	out := &lastAccesses{since: c.Time.Add(-trackingPeriod), by: make([]usesOf, len(who))}
	for i, w := range who {
		out.by[i].entity = w.info()
		if out.by[i].services, err = serviceUsesOf(c.Tx, c.Account, *out.by[i].entity.Id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// service is the last access to one service by anyone.
func (l *lastAccesses) service(n namedService) *api.ServiceLastAccessed {
	out := &api.ServiceLastAccessed{ServiceName: &n.name, ServiceNamespace: &n.namespace}
	total := int64(0)
	for _, by := range l.by {
		u := by.services[n.namespace]
		if u == nil || u.Time.Before(l.since) {
			continue
		}
		total++
		if out.LastAuthenticated == nil || u.Time.After(*out.LastAuthenticated) {
			out.LastAuthenticated, out.LastAuthenticatedRegion, out.LastAuthenticatedEntity = &u.Time, &u.Region, by.entity.Arn
		}
	}
	out.TotalAuthenticatedEntities = &total
	return out
}

// actions are the service's actions that are granted, each with its last access by anyone.
func (l *lastAccesses) actions(namespace string, names []string, allowed granted) []api.TrackedActionLastAccessed {
	var out []api.TrackedActionLastAccessed
	for _, name := range names {
		if !allowed.action(namespace + ":" + name) {
			continue
		}
		shown := api.TrackedActionLastAccessed{ActionName: &name}
		for _, by := range l.by {
			u := by.services[namespace]
			if u == nil {
				continue
			}
			a, ok := u.Actions[name]
			if ok && !a.Time.Before(l.since) && (shown.LastAccessedTime == nil || a.Time.After(*shown.LastAccessedTime)) {
				shown.LastAccessedTime, shown.LastAccessedRegion, shown.LastAccessedEntity = &a.Time, &a.Region, by.entity.Arn
			}
		}
		out = append(out, shown)
	}
	return out
}

// getLastAccessedWithEntities lists those who could have accessed one service through the subject, the most recent first.
func (s *Service) getLastAccessedWithEntities(c *service.Call, in *api.GetServiceLastAccessedDetailsWithEntitiesInput) (*api.GetServiceLastAccessedDetailsWithEntitiesOutput, error) {
	r, about, gone, err := s.report(c, *in.JobId)
	if err != nil {
		return nil, err
	}
	out := &api.GetServiceLastAccessedDetailsWithEntitiesOutput{
		JobStatus: new(jobDone), JobCreationDate: &r.Created, JobCompletionDate: &r.Created, EntityDetailsList: []api.EntityDetails{},
	}
	if gone != nil {
		out.JobStatus, out.Error = new(jobFailed), gone
		return out, nil
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	last, err := lastOf(c, about)
	if err != nil {
		return nil, err
	}
	all := make([]api.EntityDetails, len(last.by))
	for i, by := range last.by {
		all[i].EntityInfo = by.entity
		if u := by.services[*in.ServiceNamespace]; u != nil && !u.Time.Before(last.since) {
			all[i].LastAuthenticated = &u.Time
		}
	}
	slices.SortFunc(all, mostRecentFirst)
	var next store.Key
	if out.EntityDetailsList, next, err = cutByPlace(all, p); err != nil {
		return nil, err
	}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

// mostRecentFirst puts those who never accessed anything last; among equals the ARN decides.
func mostRecentFirst(a, b api.EntityDetails) int {
	at := func(e api.EntityDetails) int64 {
		if e.LastAuthenticated == nil {
			return 0
		}
		return e.LastAuthenticated.Unix()
	}
	return cmp.Or(cmp.Compare(at(b), at(a)), cmp.Compare(*a.EntityInfo.Arn, *b.EntityInfo.Arn))
}

// cutByPlace returns one page of a list whose order is not that of a key: the marker holds a place in it.
func cutByPlace[T any](items []T, p page) (out []T, next store.Key, err error) {
	from, err := p.place()
	if err != nil {
		return nil, nil, err
	}
	from = min(from, len(items))
	to := min(from+p.limit, len(items))
	if to < len(items) {
		next = markPlace(to)
	}
	return items[from:to:to], next, nil
}

// markPlace and place are the marker of a place in a list.
func markPlace(n int) store.Key { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func (p page) place() (int, error) {
	switch len(p.after) {
	case 0:
		return 0, nil
	case 4:
		return int(binary.BigEndian.Uint32(p.after)), nil
	}
	return 0, badMarker()
}
