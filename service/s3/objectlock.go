package s3

import (
	"strconv"
	"time"

	api "vauban/api/s3"
	"vauban/service"
)

func (s *Service) objectLockOperations() []service.Row {
	return data(
		service.Writes(api.OpPutObjectRetention, onObject(s, objectRule{action: "s3:PutObjectRetention", reads: true}, retaining), s.putObjectRetention),
		service.Reads(api.OpGetObjectRetention, onObject[api.GetObjectRetentionInput](s, objectRule{action: "s3:GetObjectRetention", reads: true}, nil), s.getObjectRetention),
		service.Writes(api.OpPutObjectLegalHold, onObject(s, objectRule{action: "s3:PutObjectLegalHold", reads: true}, holding), s.putObjectLegalHold),
		service.Reads(api.OpGetObjectLegalHold, onObject[api.GetObjectLegalHoldInput](s, objectRule{action: "s3:GetObjectLegalHold", reads: true}, nil), s.getObjectLegalHold),
	)
}

func retaining(in *api.PutObjectRetentionInput, f *found, keys conditions) ([]string, error) {
	if r := in.Retention; r != nil {
		keys.set("s3:object-lock-mode", r.Mode)
		if r.RetainUntilDate != nil {
			retention(*r.RetainUntilDate, f, keys)
		}
	}
	if is(in.BypassGovernanceRetention) {
		return []string{"s3:BypassGovernanceRetention"}, nil
	}
	return nil, nil
}

// retention adds the condition keys of a date until which a version is to be kept.
func retention(until time.Time, f *found, keys conditions) {
	keys["s3:object-lock-retain-until-date"] = []string{until.UTC().Format(time.RFC3339)}
	keys["s3:object-lock-remaining-retention-days"] = []string{strconv.Itoa(int(until.Sub(f.now).Hours() / 24))}
}

func holding(in *api.PutObjectLegalHoldInput, _ *found, keys conditions) ([]string, error) {
	if in.LegalHold != nil {
		keys.set("s3:object-lock-legal-hold", in.LegalHold.Status)
	}
	return nil, nil
}

// lockable is the version of a call about its lock.
func (s *Service) lockable(c *service.Call, key string, id *string) (*Version, error) {
	if !foundIn(c).bucket.ObjectLock {
		return nil, api.InvalidRequest.New("Bucket is missing Object Lock Configuration")
	}
	return s.there(c, key, id)
}

func (s *Service) putObjectRetention(c *service.Call, in *api.PutObjectRetentionInput) (*api.PutObjectRetentionOutput, error) {
	v, err := s.lockable(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	r := in.Retention
	if r == nil || (r.Mode == nil) != (r.RetainUntilDate == nil) {
		return nil, malformedXML()
	}
	l := lock{Hold: v.Lock.Hold, Held: v.Lock.Held}
	if r.Mode != nil {
		if *r.Mode != api.ObjectLockRetentionModeGovernance && *r.Mode != api.ObjectLockRetentionModeCompliance {
			return nil, malformedXML()
		}
		if !r.RetainUntilDate.After(c.Time) {
			return nil, invalid("RetainUntilDate", r.RetainUntilDate.UTC().Format(time.RFC3339), "The retain until date must be in the future!")
		}
		l.Mode, l.Until = *r.Mode, *r.RetainUntilDate
	}
	if err := v.Lock.allowsChange(l, c.Time, is(in.BypassGovernanceRetention)); err != nil {
		return nil, err
	}
	v.Lock = l
	return &api.PutObjectRetentionOutput{}, rewrite(c.Tx, foundIn(c).bucket, v)
}

// allowsChange refuses to weaken a retention that is in force: compliance never, governance but for who may bypass it.
func (l *lock) allowsChange(to lock, now time.Time, bypass bool) error {
	stricter := !to.Until.Before(l.Until) && (to.Mode == l.Mode || l.Mode == api.ObjectLockModeGovernance && to.Mode == api.ObjectLockModeCompliance)
	if !l.holds(now) || stricter || bypass && l.Mode == api.ObjectLockModeGovernance {
		return nil
	}
	return api.AccessDenied.New("Access Denied because object protected by object lock.")
}

func noLock() error {
	return errNoSuchLock.New("The specified object does not have a ObjectLock configuration")
}

func (s *Service) getObjectRetention(c *service.Call, in *api.GetObjectRetentionInput) (*api.GetObjectRetentionOutput, error) {
	v, err := s.lockable(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	if v.Lock.Mode == "" {
		return nil, noLock()
	}
	return &api.GetObjectRetentionOutput{Retention: &api.ObjectLockRetention{Mode: &v.Lock.Mode, RetainUntilDate: &v.Lock.Until}}, nil
}

func (s *Service) putObjectLegalHold(c *service.Call, in *api.PutObjectLegalHoldInput) (*api.PutObjectLegalHoldOutput, error) {
	v, err := s.lockable(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	h := in.LegalHold
	if h == nil || h.Status == nil || *h.Status != api.ObjectLockLegalHoldStatusOn && *h.Status != api.ObjectLockLegalHoldStatusOff {
		return nil, malformedXML()
	}
	v.Lock.Hold, v.Lock.Held = *h.Status == api.ObjectLockLegalHoldStatusOn, true
	return &api.PutObjectLegalHoldOutput{}, rewrite(c.Tx, foundIn(c).bucket, v)
}

func (s *Service) getObjectLegalHold(c *service.Call, in *api.GetObjectLegalHoldInput) (*api.GetObjectLegalHoldOutput, error) {
	v, err := s.lockable(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	status := api.ObjectLockLegalHoldStatusOff
	switch {
	case v.Lock.Hold:
		status = api.ObjectLockLegalHoldStatusOn
	case !v.Lock.Held:
		return nil, noLock()
	}
	return &api.GetObjectLegalHoldOutput{LegalHold: &api.ObjectLockLegalHold{Status: &status}}, nil
}
