package access

import (
	"strconv"
	"strings"
	"time"

	"vauban/engine/policy"
	"vauban/service"
)

// baseContext fills the global condition keys that depend on the caller and the connection, never on the caller's word.
// AWS documentation: "AWS global condition context keys".
func (p *Picture) baseContext(c *service.Call, h *Holder) (*policy.Context, error) {
	x := &policy.Context{}
	who := c.Caller
	x.Set("aws:CurrentTime", c.Time.UTC().Format(time.RFC3339))
	x.Set("aws:EpochTime", strconv.FormatInt(c.Time.Unix(), 10))
	x.Set("aws:SecureTransport", strconv.FormatBool(c.Secure))
	if c.Region != "" {
		x.Set("aws:RequestedRegion", c.Region)
	}
	if who.Kind != policy.Service && who.InvokedBy == "" && c.SourceIP.IsValid() {
		x.Set("aws:SourceIp", c.SourceIP.String())
	}
	if c.UserAgent != "" {
		x.Set("aws:UserAgent", c.UserAgent)
	}
	x.Set("aws:PrincipalIsAWSService", strconv.FormatBool(who.Kind == policy.Service))
	x.Set("aws:ViaAWSService", strconv.FormatBool(who.InvokedBy != ""))
	if len(who.CalledVia) > 0 {
		x.SetMulti("aws:CalledVia", who.CalledVia)
		x.Set("aws:CalledViaFirst", who.CalledVia[0])
		x.Set("aws:CalledViaLast", who.CalledVia[len(who.CalledVia)-1])
	}
	if who.Kind == policy.Service {
		x.Set("aws:PrincipalServiceName", who.ServiceName)
		x.SetMulti("aws:PrincipalServiceNamesList", []string{who.ServiceName})
		if who.SourceARN == "" {
			return x, nil
		}
		x.Set("aws:SourceArn", who.SourceARN)
		x.Set("aws:SourceAccount", who.SourceAccount)
		source, err := p.member(c, c.Tx, who.SourceAccount)
		if err == nil {
			organizationKeys(x, source, "aws:SourceOrgID", "aws:SourceOrgPaths")
		}
		return x, err
	}
	x.Set("aws:PrincipalType", principalType(who))
	if who.Kind == policy.Anonymous {
		return x, nil
	}
	x.Set("aws:userid", who.UserID)
	x.Set("aws:PrincipalAccount", who.Account)
	if h != nil {
		principalKeys(x, who, h)
	}
	if s := who.Session; s != nil {
		sessionKeys(x, c, s)
	}
	if who.Account == "" { // comes from elsewhere
		return x, nil
	}
	home, err := p.member(c, c.Tx, who.Account)
	if err == nil {
		organizationKeys(x, home, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
	}
	return x, err
}

// organizationKeys names the organisation, and where in it the account stands.
func organizationKeys(x *policy.Context, m *member, id, paths string) {
	if m.Organization != "" {
		x.Set(id, m.Organization)
		x.SetMulti(paths, []string{m.Path})
	}
}

func principalKeys(x *policy.Context, who *service.Caller, h *Holder) {
	x.Set("aws:PrincipalArn", h.ARN)
	if who.Kind == policy.FederatedUser {
		x.Set("aws:PrincipalArn", who.ARN)
	}
	if who.Kind == policy.User {
		x.Set("aws:username", h.Name)
	}
	for k, v := range h.Tags {
		x.Set("aws:PrincipalTag/"+k, v)
	}
}

func sessionKeys(x *policy.Context, c *service.Call, s *service.Session) {
	for k, v := range s.Tags {
		x.Set("aws:PrincipalTag/"+k, v)
	}
	x.Set("aws:MultiFactorAuthPresent", strconv.FormatBool(s.MFA))
	if s.MFA {
		x.Set("aws:MultiFactorAuthAge", strconv.FormatInt(int64(c.Time.Sub(s.MFAAt)/time.Second), 10))
	}
	x.Set("aws:TokenIssueTime", s.IssuedAt.UTC().Format(time.RFC3339))
	if s.SourceIdentity != "" {
		x.Set("aws:SourceIdentity", s.SourceIdentity)
	}
	if s.Provider != "" {
		x.Set("aws:FederatedProvider", s.Provider)
	}
	for k, v := range s.WebContext {
		if len(v) == 1 {
			x.Set(k, v[0])
		} else {
			x.SetMulti(k, v)
		}
	}
}

// principalType is aws:PrincipalType: Account, User, FederatedUser, AssumedRole or Anonymous.
func principalType(c *service.Caller) string {
	switch c.Kind {
	case policy.Root:
		return "Account"
	case policy.User:
		return "User"
	case policy.RoleSession:
		return "AssumedRole"
	case policy.FederatedUser:
		return "FederatedUser"
	}
	return "Anonymous"
}

// questionContext adds what one question knows about its resource and request.
func questionContext(base *policy.Context, q service.Question, owner *member) policy.Context {
	x := base.Clone()
	if q.Account != "" {
		x.Set("aws:ResourceAccount", q.Account)
	}
	organizationKeys(&x, owner, "aws:ResourceOrgID", "aws:ResourceOrgPaths")
	for k, v := range q.Context {
		if isMulti(k) || contains(q.Multi, k) {
			x.SetMulti(k, v)
		} else if len(v) == 1 {
			x.Set(k, v[0])
		}
	}
	return x
}

// isMulti names the global keys that hold sets.
func isMulti(key string) bool { return strings.EqualFold(key, "aws:TagKeys") }

func contains(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}
