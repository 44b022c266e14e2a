package access

import (
	"strconv"
	"strings"
	"time"

	"vauban/engine/policy"
	"vauban/service"
)

// baseContext fills the global condition keys that depend on the caller and the connection, never on the caller's word.
// AWS documentation: "AWS global condition context keys". Keys of VPC endpoints, EC2 instances and chat channels have no value here.
func (p *Picture) baseContext(c *service.Call, h *Holder) (*policy.Context, error) {
	x := &policy.Context{}
	who := c.Caller
	x.Set("aws:CurrentTime", c.Time.UTC().Format(time.RFC3339))
	x.Set("aws:EpochTime", strconv.FormatInt(c.Time.Unix(), 10))
	connectionKeys(x, c)
	x.Set("aws:ViaAWSService", strconv.FormatBool(len(who.CalledVia) > 0)) // by its own role or as itself, a service does not call on behalf
	if len(who.CalledVia) > 0 {
		x.SetMulti("aws:CalledVia", who.CalledVia)
		x.Set("aws:CalledViaFirst", who.CalledVia[0])
		x.Set("aws:CalledViaLast", who.CalledVia[len(who.CalledVia)-1])
	}
	switch who.Kind {
	case policy.Service:
		return x, p.serviceKeys(x, c)
	case policy.Anonymous:
		x.Set("aws:PrincipalType", "Anonymous")
		x.Set("aws:userid", anonymous)
		x.Set("aws:PrincipalAccount", anonymous)
		return x, nil
	case policy.WebIdentity, policy.SAML: // not signed, by somebody whom only the provider knows
		x.Set("aws:PrincipalType", "Anonymous")
		providerKeys(x, who.Session)
		return x, nil
	}
	x.Set("aws:PrincipalIsAWSService", "false")
	x.Set("aws:PrincipalType", principalType(who.Kind))
	x.Set("aws:userid", who.UserID)
	x.Set("aws:PrincipalAccount", who.Account)
	if h != nil {
		principalKeys(x, who, h)
	}
	if s := who.Session; s != nil {
		sessionKeys(x, c, s)
	} else if len(who.CalledVia) > 0 { // a service calls on with temporary credentials, whatever the caller's were
		x.Set("aws:MultiFactorAuthPresent", "false")
	}
	home, err := p.member(c, c.Tx, who.Account)
	if err == nil {
		organizationKeys(x, home, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
	}
	return x, err
}

// anonymous is what aws:userid and aws:PrincipalAccount hold when nobody signed. IAM User Guide: "IAM policy elements: Variables and tags".
const anonymous = "anonymous"

// connectionKeys are those of the network and the client. The agent and the page that refers are what the client says they are, as AWS warns. A
// call that a service makes comes from no address of the caller's.
func connectionKeys(x *policy.Context, c *service.Call) {
	x.Set("aws:SecureTransport", strconv.FormatBool(c.Secure))
	if c.Region != "" {
		x.Set("aws:RequestedRegion", c.Region)
	}
	if by := c.Caller.InvokedBy; by != "" || c.Caller.Kind == policy.Service {
		if by != "" {
			x.Set("aws:UserAgent", by)
		}
		return
	}
	if c.SourceIP.IsValid() {
		x.Set("aws:SourceIp", c.SourceIP.String())
	}
	if c.UserAgent != "" {
		x.Set("aws:UserAgent", c.UserAgent)
	}
	if c.Referer != "" {
		x.Set("aws:Referer", c.Referer)
	}
}

// serviceKeys are those of a service that calls as itself, for a resource of somebody's.
func (p *Picture) serviceKeys(x *policy.Context, c *service.Call) error {
	who := c.Caller
	x.Set("aws:PrincipalIsAWSService", "true")
	x.Set("aws:PrincipalServiceName", who.ServiceName)
	x.SetMulti("aws:PrincipalServiceNamesList", []string{who.ServiceName})
	if who.SourceARN != "" {
		x.Set("aws:SourceArn", who.SourceARN)
	}
	if who.SourceAccount == "" {
		return nil
	}
	x.Set("aws:SourceAccount", who.SourceAccount)
	source, err := p.member(c, c.Tx, who.SourceAccount)
	if err == nil {
		organizationKeys(x, source, "aws:SourceOrgID", "aws:SourceOrgPaths")
	}
	return err
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
	if c.Caller.Kind == policy.Root && s.Kind == service.AssumeRoot {
		x.Set("aws:AssumedRoot", "true")
	}
	providerKeys(x, s)
}

// providerKeys are what an identity provider said of somebody, under keys of the provider's own: it must not speak for AWS.
func providerKeys(x *policy.Context, s *service.Session) {
	if s == nil {
		return
	}
	if s.Provider != "" && !strings.Contains(s.Provider, ":saml-provider/") { // the key is of OpenID Connect
		x.Set("aws:FederatedProvider", s.Provider)
	}
	for k, v := range s.WebContext {
		switch {
		case isGlobal(k):
		case len(v) == 1:
			x.Set(k, v[0])
		default:
			x.SetMulti(k, v)
		}
	}
}

// isGlobal says that the key is one that AWS alone fills.
func isGlobal(key string) bool {
	prefix, _, _ := strings.Cut(key, ":")
	return strings.EqualFold(prefix, "aws")
}

// principalType is aws:PrincipalType of those who sign. Roles assumed with a token or an assertion are AssumedRole, too.
func principalType(k policy.PrincipalKind) string {
	switch k {
	case policy.Root:
		return "Account"
	case policy.RoleSession:
		return "AssumedRole"
	case policy.FederatedUser:
		return "FederatedUser"
	}
	return "User"
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
			x.SetSpelled(k, v[0])
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
