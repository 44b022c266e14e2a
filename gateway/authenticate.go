package gateway

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"vauban/access"
	"vauban/engine/policy"
	"vauban/gateway/sigv4"
	"vauban/service"
)

// authenticate proves who calls. A request whose signature does not verify has no caller: it is counted and slowed by its source
// address, and never attributed to the owner of the key that it names.
func (x *exchange) authenticate() error {
	err := x.prove()
	if err != nil && !errors.Is(err, access.ErrStale) {
		x.limit.unproven.allow(sourceKey(x.sourceIP()), x.start)
		x.Metrics.unproven.Inc()
	}
	if err != nil {
		return err
	}
	if x.caller.Kind != policy.Anonymous && !x.limit.callers.allow(x.caller.Account+x.caller.UserID, x.start) {
		x.Metrics.throttled("caller")
		return throttled(familyOf(&x.target))
	}
	if x.target.row == nil {
		return x.unbuilt()
	}
	return nil
}

func (x *exchange) prove() error {
	if x.signed.None() {
		if x.target.op == nil || !x.target.op.Unsigned {
			return x.problem(sigv4.MissingAuthenticationToken)
		}
		x.caller = &service.Caller{Kind: policy.Anonymous, Account: x.HomeAccount, ARN: "anonymous"}
		x.region = x.defaultRegion()
		return nil
	}
	if p := x.signed.Problem(); p != nil {
		return x.signatureError(p)
	}
	scope := x.signed.Scope()
	if s := x.target.service; s != nil && scope.Service != s.SigningName {
		return x.signatureError(sigv4.WrongService(s.SigningName))
	}
	if !x.regions[scope.Region] {
		return x.signatureError(sigv4.WrongRegion())
	}
	key, err := x.key()
	if err != nil {
		return err
	}
	if err := x.readBody(); err != nil {
		return err
	}
	if p := x.signed.Verify(x.keys, key.secret, x.Clock(), x.body); p != nil {
		return x.signatureError(p)
	}
	if key.expired {
		return x.problem(sigv4.ExpiredToken)
	}
	x.caller, x.region = key.caller, scope.Region
	return nil
}

// provenKey is a key that the store or a session token vouches for.
type provenKey struct {
	secret  []byte
	caller  *service.Caller
	expired bool
}

// key finds the secret of the key that the request names: in its session token for temporary credentials, else in the picture.
func (x *exchange) key() (provenKey, error) {
	id := x.signed.AccessKeyID()
	if token := x.signed.SessionToken(); token != "" {
		c, err := access.OpenSession(x.Sealer, token)
		if err != nil || c.AccessKeyID != id {
			return provenKey{}, x.problem(sigv4.InvalidToken)
		}
		caller := c.Caller
		caller.AccessKeyID = id
		issuer := caller.Session.Issuer
		h, err := x.Access.Principal(x.r.Context(), issuer.Kind, issuer.Account, issuer.ID)
		if err != nil {
			return provenKey{}, asModelled(err)
		}
		if h == nil {
			return provenKey{}, x.problem(sigv4.InvalidToken) // the session dies with its principal
		}
		return provenKey{secret: []byte(c.Secret), caller: &caller, expired: c.Expired(x.start)}, nil
	}
	if strings.HasPrefix(id, "ASIA") {
		return provenKey{}, x.problem(sigv4.InvalidToken)
	}
	k, err := x.Access.AccessKey(x.r.Context(), id)
	if err != nil {
		return provenKey{}, asModelled(err)
	}
	if k == nil || !k.Active {
		return provenKey{}, x.problem(sigv4.InvalidKey)
	}
	return provenKey{secret: k.Secret, caller: &k.Caller}, nil
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
