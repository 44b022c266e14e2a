package gateway

import (
	"net"
	"net/netip"
	"strings"

	"vauban/access"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/gateway/sigv4"
	"vauban/service"
)

// authenticate proves who calls. A request whose signature does not verify has no caller: it is counted and slowed by its source
// address, and never attributed to the owner of the key that it names.
func (x *exchange) authenticate() error {
	if err := x.prove(); err != nil {
		if x.refused { // not when the store does not answer: its callers must find the door open when it is back
			x.limit.unproven.allow(x.source, x.start)
			x.Metrics.unproven.Inc()
		}
		return err
	}
	if x.caller.Kind != policy.Anonymous && !x.limit.callers.allow(x.caller.Account+x.caller.UserID, x.start) {
		x.Metrics.throttled("caller")
		return throttled(familyOf(&x.target))
	}
	return nil
}

// blame counts the failure of a call that needs no signature against its source, as it counts a signature that does not verify: whoever
// proves nothing must not fill the trail, nor guess at sign-in, faster than that.
func (x *exchange) blame(err error) {
	if x.caller == nil || x.caller.Kind != policy.Anonymous || asModelled(err).Shape.Fault {
		return
	}
	x.limit.unproven.allow(x.source, x.start)
	x.Metrics.unproven.Inc()
}

// offered refuses what has no row.
func (x *exchange) offered() error {
	if x.target.row == nil {
		return x.unbuilt()
	}
	return nil
}

func (x *exchange) prove() error {
	if x.unsigned != nil {
		return x.admitUnsigned()
	}
	service, region := x.signed.Service, x.signed.Region
	if s := x.target.service; s != nil {
		service = s.SigningName
	}
	if x.signed.Algorithm == sigv4.ECDSA {
		region = x.defaultRegion()
	} else if !x.regions[region] {
		region = x.defaultRegion() // so that the scope's region is refused
	}
	if p := x.signed.CheckScope(region, service); p != nil {
		return x.refuse(p)
	}
	key, err := x.key()
	if err != nil {
		return err
	}
	if err := x.verify(sigv4.SecretKey(key.secret)); err != nil {
		return err
	}
	if key.expired {
		return x.refuse(&sigv4.Problem{Kind: sigv4.ExpiredToken})
	}
	x.caller, x.region = key.caller, region
	return nil
}

// verify proves that the request was signed with the secret. The body of a request of S3 is proved while it is read: in the handler, or here
// where the operation takes it whole.
func (x *exchange) verify(secret sigv4.SecretKey) error {
	if x.form != nil {
		return x.verifyForm(secret)
	}
	if !x.signed.IsS3() {
		if err := x.readBody(); err != nil {
			return err
		}
		if p := x.signed.Verify(secret, x.Clock(), x.keys, x.body); p != nil {
			return x.refuse(p)
		}
		return nil
	}
	body, p := x.signed.VerifyStream(secret, x.Clock(), x.keys, x.r.Body)
	if p != nil {
		return x.refuse(p)
	}
	if op := x.target.op; op != nil && op.Streams() {
		x.payload = x.proved(body)
		return nil
	}
	x.r.Body = body
	return x.readBody()
}

// admitUnsigned lets a request without any signature go on to an operation that the model or its row marks as open to all: what it may do is
// still asked, for an anonymous principal.
func (x *exchange) admitUnsigned() error {
	open := x.target.op != nil && (x.target.op.Unsigned || x.target.row.Unsigned)
	if !open || x.unsigned.Kind != sigv4.MissingAuthenticationToken {
		return x.refuse(x.unsigned)
	}
	x.caller = &service.Caller{Kind: policy.Anonymous, Account: x.HomeAccount}
	x.region = x.defaultRegion()
	if x.target.op.Streams() {
		x.payload = x.unproved()
	}
	return nil
}

// refuse words a signature problem in the caller's protocol.
func (x *exchange) refuse(p *sigv4.Problem) error {
	x.refused = true
	a := p.In([...]sigv4.Family{
		familyQuery: sigv4.FamilyQuery, familyEC2: sigv4.FamilyEC2, familyJSON: sigv4.FamilyJSON, familyREST: sigv4.FamilyREST, familyS3: sigv4.FamilyS3,
	}[familyOf(&x.target)])
	e := (&wire.ErrorShape{Shape: a.Code, Code: a.Code, Status: a.Status}).New("%s", a.Message)
	for _, m := range a.Members {
		e.With(m.Name, m.Value)
	}
	return e
}

// provenKey is a key that the store or a session token vouches for.
type provenKey struct {
	secret  []byte
	caller  *service.Caller
	expired bool
}

// key finds the secret of the key that the request names: in its session token for temporary credentials, else in the picture.
func (x *exchange) key() (provenKey, error) {
	id := x.signed.AccessKeyID
	if token := x.signed.SessionToken; token != "" {
		c, err := access.OpenSession(x.Sealer, token)
		if err != nil || c.AccessKeyID != id {
			return provenKey{}, x.refuse(&sigv4.Problem{Kind: sigv4.InvalidToken})
		}
		caller := c.Caller
		caller.AccessKeyID = id
		issuer := caller.Session.Issuer
		h, err := x.Access.Principal(x.r.Context(), issuer.Kind, issuer.Account, issuer.ID)
		if err != nil {
			return provenKey{}, asModelled(err)
		}
		if h == nil {
			return provenKey{}, x.refuse(&sigv4.Problem{Kind: sigv4.InvalidToken}) // the session dies with its principal
		}
		if caller.Session.DefaultRegions && optIn(x.signed.Region) {
			return provenKey{}, x.refuse(&sigv4.Problem{Kind: sigv4.InvalidToken})
		}
		renamed(&caller, h)
		return provenKey{secret: []byte(c.Secret), caller: &caller, expired: c.Expired(x.start)}, nil
	}
	if strings.HasPrefix(id, "ASIA") {
		return provenKey{}, x.refuse(&sigv4.Problem{Kind: sigv4.InvalidToken})
	}
	k, err := x.Access.AccessKey(x.r.Context(), id)
	if err != nil {
		return provenKey{}, asModelled(err)
	}
	if k == nil || !k.Active {
		return provenKey{}, x.refuse(&sigv4.Problem{Kind: sigv4.InvalidClientTokenID})
	}
	return provenKey{secret: k.Secret, caller: &k.Caller}, nil
}

// renamed gives the session of a user the name that the user has now: the name in the token may be another user's by this time.
func renamed(c *service.Caller, h *access.Holder) {
	s := *c.Session
	s.Issuer.ARN, s.Issuer.Name = h.ARN, h.Name
	if c.Kind == policy.User {
		c.ARN, c.Name = h.ARN, h.Name
	}
	c.Session = &s
}

// sourceIP is the peer's address. X-Forwarded-For is not believed: the door stands at the edge itself.
func (x *exchange) sourceIP() netip.Addr {
	host, _, err := net.SplitHostPort(x.r.RemoteAddr)
	if err != nil {
		host = x.r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return a.Unmap().WithZone("")
}

// defaultRegion is where unsigned calls act.
func (x *exchange) defaultRegion() string {
	if len(x.Regions) > 0 {
		return x.Regions[0]
	}
	return globalRegion
}

// globalRegion is the region under which CloudTrail records calls to global services.
const globalRegion = "us-east-1"
