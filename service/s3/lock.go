package s3

import (
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// Object Lock. Amazon S3 User Guide: "Locking objects with Object Lock".

// lockIn is the lock that an input, or else the bucket, gives a version that is to be stored.
func lockIn(c *service.Call, f *found, in any) (l lock, err error) {
	mode, until, hold := member(in, "ObjectLockMode"), moment(in, "ObjectLockRetainUntilDate"), member(in, "ObjectLockLegalHoldStatus")
	if (mode != nil || until != nil || hold != nil) && !f.bucket.ObjectLock {
		return l, api.InvalidRequest.New("Bucket is missing Object Lock Configuration")
	}
	if (mode == nil) != (until == nil) {
		return l, invalid("x-amz-object-lock-mode", "", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	}
	l.Hold = wire.Text(hold) == api.ObjectLockLegalHoldStatusOn
	switch r := f.retention; {
	case mode != nil:
		if *mode != api.ObjectLockModeGovernance && *mode != api.ObjectLockModeCompliance {
			return l, invalid("x-amz-object-lock-mode", *mode, "Unknown wormMode directive.")
		}
		if !until.After(c.Time) {
			return l, invalid("x-amz-object-lock-retain-until-date", until.Format(time.RFC3339), "The retain until date must be in the future!")
		}
		l.Mode, l.Until = *mode, *until
	case r != nil:
		l.Mode, l.Until = r.Mode, c.Time.AddDate(r.Years, 0, r.Days)
	}
	return l, nil
}

// allowsRemoval refuses to remove a version for good while it is locked. That the caller may bypass governance was authorised.
func (l *lock) allowsRemoval(now time.Time, bypass bool) error {
	if l.Hold || l.holds(now) && !(bypass && l.Mode == api.ObjectLockModeGovernance) {
		return api.AccessDenied.New("Access Denied because object protected by object lock.")
	}
	return nil
}

// holds reports whether the retention is in force.
func (l *lock) holds(now time.Time) bool { return l.Mode != "" && now.Before(l.Until) }

func (l *lock) show(out *api.HeadObjectOutput) {
	if l.Mode != "" {
		out.ObjectLockMode, out.ObjectLockRetainUntilDate = &l.Mode, &l.Until
	}
	if l.Hold {
		out.ObjectLockLegalHoldStatus = new(api.ObjectLockLegalHoldStatusOn)
	}
}
