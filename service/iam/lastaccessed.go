package iam

import (
	"errors"
	"fmt"
	"io"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// accessReport is a report about what a user, group, role or policy could access, and when that was accessed last. What it says is
// worked out when it is read, so that it is never older than its reader.
type accessReport struct {
	Account     string    `json:"account"`
	ID          string    `json:"id"`  // a UUID
	ARN         string    `json:"arn"` // of what it is about
	Granularity string    `json:"granularity"`
	Created     time.Time `json:"created"`
}

// reportLife is how long a report can be read. AWS states no limit; without one, reports would pile up.
const reportLife = 7 * 24 * time.Hour

// trackingPeriod is how far back accesses are reported. IAM User Guide: "Refine permissions in AWS using last accessed information".
const trackingPeriod = 400 * 24 * time.Hour

var accessReports = &store.Table[accessReport]{
	Name:   "iam.access-report",
	Key:    func(r *accessReport) store.Key { return store.K(r.Account, r.Created, r.ID) },
	Unique: map[string]func(*accessReport) store.Key{"id": func(r *accessReport) store.Key { return store.K(r.Account, r.ID) }},
}

func (s *Service) lastAccessedOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpGenerateServiceLastAccessedDetails,
			onEntity(func(in *api.GenerateServiceLastAccessedDetailsInput) *string { return in.Arn }), s.generateLastAccessed),
		service.Reads(api.OpGetServiceLastAccessedDetails, onAll[api.GetServiceLastAccessedDetailsInput], s.getLastAccessed),
		service.Reads(api.OpGetServiceLastAccessedDetailsWithEntities,
			onAll[api.GetServiceLastAccessedDetailsWithEntitiesInput], s.getLastAccessedWithEntities),
		service.Reads(api.OpListPoliciesGrantingServiceAccess,
			onEntity(func(in *api.ListPoliciesGrantingServiceAccessInput) *string { return in.Arn }), s.listPoliciesGranting),
	}
}

// onEntity is the rule of an operation about a user, group, role or policy that its ARN names. Tags of the entity count where it exists.
func onEntity[In any](text func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q := service.Question{Resource: wire.Text(text(in)), Account: ownerOf(wire.Text(text(in))), Context: condition{}}
		s, err := entityRefOf(c, q.Resource)
		if answered(err) != nil {
			return []service.Question{q}, nil // the handler says why
		}
		if err != nil {
			return nil, err
		}
		switch {
		case s.user != nil:
			q.ResourceType, q.Context = typeUser, condition{}.resourceTags(s.user.Tags)
		case s.role != nil:
			q.ResourceType, q.Context = typeRole, condition{}.resourceTags(s.role.Tags)
		case s.group != nil:
			q.ResourceType = typeGroup
		default:
			q.ResourceType = typePolicy
		}
		return []service.Question{q}, nil
	}
}

func (s *Service) generateLastAccessed(c *service.Call, in *api.GenerateServiceLastAccessedDetailsInput) (*api.GenerateServiceLastAccessedDetailsOutput, error) {
	if _, err := entityRefOf(c, *in.Arn); err != nil {
		return nil, err
	}
	if err := dropReports(c); err != nil {
		return nil, err
	}
	id, err := newUUID(s.Rand)
	if err != nil {
		return nil, err
	}
	r := &accessReport{Account: c.Account, ID: id, ARN: *in.Arn, Granularity: serviceLevel, Created: c.Time.UTC()}
	if in.Granularity != nil {
		r.Granularity = *in.Granularity
	}
	return &api.GenerateServiceLastAccessedDetailsOutput{JobId: &id}, accessReports.Insert(c.Tx, r)
}

// Granularities of a report.
const (
	serviceLevel = "SERVICE_LEVEL"
	actionLevel  = "ACTION_LEVEL"
)

// dropReports removes a few of the account's reports that nobody can read any more: more than one call adds.
func dropReports(c *service.Call) error {
	old, err := accessReports.List(c.Tx, store.K(c.Account), nil, 10)
	if err != nil {
		return err
	}
	for _, r := range old.Items {
		if r.expired(c.Time) {
			if err := accessReports.Delete(c.Tx, accessReports.Key(r)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *accessReport) expired(now time.Time) bool { return now.Sub(r.Created) > reportLife }

// report returns the report of that ID and what it is about. gone says that its subject does not exist any more.
func (s *Service) report(c *service.Call, id string) (r *accessReport, about *entityRef, gone *api.ErrorDetails, err error) {
	r, err = accessReports.ByUnique(c.Tx, "id", store.K(c.Account, id))
	if store.IsAbsent(err) || err == nil && r.expired(c.Time) {
		return nil, nil, nil, api.NoSuchEntityException.New("Job ID %s cannot be found.", id)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	about, err = entityRefOf(c, r.ARN)
	if e := answered(err); e != nil {
		return r, nil, &api.ErrorDetails{Code: &e.Shape.Code, Message: &e.Message}, nil
	}
	return r, about, nil, err
}

// answered is the error if it is one that the client is to see, else nil.
func answered(err error) *wire.Error {
	var e *wire.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// newUUID is a random UUID. RFC 9562, section 5.4.
func newUUID(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make a UUID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
