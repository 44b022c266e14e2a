package iam

import (
	"errors"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// ValidationError is what IAM answers beyond its modelled errors.
var ValidationError = &wire.ErrorShape{Shape: "ValidationError", Code: "ValidationError", Status: 400}

// accessDenied is what IAM answers beyond its modelled errors when the caller is not who it must be.
var accessDenied = &wire.ErrorShape{Shape: "AccessDenied", Code: "AccessDenied", Status: 403}

// noSuch is IAM's answer for an absent entity of a kind: "The user with name bob cannot be found."
func noSuch(kind, name string) error {
	return api.NoSuchEntityException.New("The %s with name %s cannot be found.", kind, name)
}

// seconds is a time as IAM keeps it.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// found turns an absent document into IAM's answer.
func found[T any](v *T, err error, kind, name string) (*T, error) {
	if errors.Is(err, store.ErrNotFound) {
		return nil, noSuch(kind, name)
	}
	return v, err
}

// taken turns a key that exists into IAM's answer: "User with name bob already exists."
func taken(err error, kind, name string) error {
	if store.IsTaken(err) {
		return api.EntityAlreadyExistsException.New("%s with name %s already exists.", kind, name)
	}
	return err
}

// over is IAM's answer when a quota is used up. IAM User Guide: "IAM and AWS STS quotas".
func over(quota string, limit int) error {
	return api.LimitExceededException.New("Cannot exceed quota for %s: %d", quota, limit)
}

// val is the value of an optional member, or its default.
func val[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// callingUser is the name of the IAM user whose long-term keys or session token made the call, or "".
func callingUser(c *service.Call) string {
	if c.Caller.Kind == policy.User {
		return c.Caller.Name
	}
	return ""
}

// callingUserID is the unique ID of the IAM user that made the call, or "".
func callingUserID(c *service.Call) string {
	if c.Caller.Kind != policy.User {
		return ""
	}
	if s := c.Caller.Session; s != nil {
		return s.Issuer.ID
	}
	return c.Caller.UserID
}
