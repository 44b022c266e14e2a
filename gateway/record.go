package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"strings"
	"time"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/service"
)

// Every call leaves a record in CloudTrail's format 1.11. AWS documentation: "CloudTrail record contents for management, data,
// and network activity events".
const recordVersion = "1.11"

// wireFacts is what a record says of the connection. Zero for internal calls.
type wireFacts struct {
	tlsVersion, cipher, host string
}

func (g *Gateway) factsOf(state *tls.ConnectionState, host string) wireFacts {
	if state == nil {
		return wireFacts{host: host}
	}
	cipher, known := g.ciphers[state.CipherSuite]
	if !known {
		cipher = tls.CipherSuiteName(state.CipherSuite)
	}
	return wireFacts{tlsVersion: strings.Replace(tls.VersionName(state.Version), "TLS 1.", "TLSv1.", 1), cipher: cipher, host: host}
}

// cipherNames are the names of cipher suites: crypto/tls makes its whole list anew each time that it is asked for one.
func cipherNames() map[uint16]string {
	names := map[uint16]string{}
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		names[c.ID] = c.Name
	}
	return names
}

func (p *performance) failed(err error) *eventlog.Entry { return p.entry(nil, err, view{}) }

// failureTime bounds how long a client waits for the record of its failure: when the store hangs it has waited for that before.
const failureTime = 5 * time.Second

// recordFailure records what went wrong for a caller that is known. If even that cannot be recorded, the client gets a server
// error: nothing happens without a record.
func (x *exchange) recordFailure(err error) error {
	x.logFailure(err)
	if x.caller == nil {
		return err
	}
	p := x.failing
	if p == nil {
		p = x.performance()
	} else {
		p.entryID = newID(x.Rand)
	}
	entries := append(p.happened, p.failed(err))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.r.Context()), failureTime)
	defer cancel()
	if lost := x.Log.Append(ctx, entries...); lost != nil {
		x.Logger.Error("a refused call could not be recorded", "request", x.id, "error", lost)
		return asModelled(lost)
	}
	return err
}

func (x *exchange) logFailure(err error) {
	e := asModelled(err)
	if e.Shape.Fault {
		x.Logger.Error("request failed", "request", x.id, "service", x.target.serviceName(), "operation", x.target.name, "code", e.Shape.Code, "error", e.Error())
	}
}

// entry builds the record of the call and, beside it, the questions and the decision.
func (p *performance) entry(out any, failure error, v view) *eventlog.Entry {
	c, extra := p.call, p.call.Record()
	caller := p.recordedCaller(extra)
	if caller.Kind == policy.Root {
		p.Logger.Warn("root is used", "account", caller.Account, "operation", p.asked, "source", c.SourceIP.String(), "request", c.RequestID, "failed", failure != nil)
	}
	name := p.asked
	if extra.EventName != "" {
		name = extra.EventName
	}
	if name == "" {
		name = "UnknownOperation" // a path that no operation has
	}
	e := &eventlog.Entry{
		ID: p.entryID, Time: c.Time, Account: caller.Account, Region: p.recordRegion(), Data: p.row != nil && p.row.Data,
		Name: name, Source: p.source(), User: lookupName(caller), AccessKeyID: caller.AccessKeyID, ReadOnly: p.readOnly(),
	}
	if e.Account == "" {
		e.Account = c.Account
	}
	e.Resources = p.resources(extra)
	e.Record = p.record(e, caller, extra, out, failure, v)
	e.Authz = p.authz(caller)
	return e
}

func (p *performance) record(e *eventlog.Entry, caller *service.Caller, extra *service.Record, out any, failure error, v view) []byte {
	c := p.call
	identity := userIdentity
	if v.foreign {
		identity = stranger
	}
	j := make(object, 0, 2048).open()
	j = j.str("eventVersion", recordVersion).raw("userIdentity", identity(caller))
	j = j.str("eventTime", c.Time.UTC().Format(time.RFC3339)).str("eventSource", e.Source).str("eventName", e.Name).str("awsRegion", e.Region)
	if caller.InvokedBy != "" {
		j = j.str("sourceIPAddress", caller.InvokedBy).str("userAgent", caller.InvokedBy)
	} else {
		j = j.str("sourceIPAddress", c.SourceIP.String()).str("userAgent", bounded(c.UserAgent, 1000))
	}
	if failure != nil && extra.ErrorMessage != "" {
		j = j.str("errorMessage", bounded(extra.ErrorMessage, 1000))
	} else if failure != nil {
		m := asModelled(failure)
		j = j.str("errorCode", m.Shape.Code).str("errorMessage", bounded(m.Message, 1000))
	}
	j = j.raw("requestParameters", p.shown(extra.Request, p.in))
	if failure != nil || e.ReadOnly && extra.Response == nil {
		out = nil
	}
	j = j.raw("responseElements", p.shown(extra.Response, out))
	if add := p.additional(extra, failure, v); add != nil {
		j = j.raw("additionalEventData", add)
	}
	j = j.str("requestID", c.RequestID).str("eventID", e.ID).boolean("readOnly", e.ReadOnly)
	if r := p.recordResources(extra); r != nil {
		j = j.raw("resources", r)
	}
	eventType := "AwsApiCall"
	if extra.EventType != "" {
		eventType = extra.EventType
	}
	category := "Management"
	if e.Data {
		category = "Data"
	}
	j = j.str("eventType", eventType).boolean("managementEvent", !e.Data).str("recipientAccountId", e.Account).str("eventCategory", category)
	if v.shared != "" {
		j = j.str("sharedEventID", v.shared)
	}
	if p.wire.tlsVersion != "" {
		j = j.raw("tlsDetails", make(object, 0, 128).open().str("tlsVersion", p.wire.tlsVersion).str("cipherSuite", p.wire.cipher).
			str("clientProvidedHostHeader", bounded(p.wire.host, 255)).close())
	}
	if s := caller.Session; s != nil && s.SignIn && !v.foreign {
		j = j.str("sessionCredentialFromConsole", "true")
	}
	return j.close()
}

// shown is the CloudTrail view of an input or output: null, or its members without secrets.
func (p *performance) shown(override, v any) []byte {
	if override != nil {
		v = override
	}
	switch w := v.(type) {
	case *service.WebRequest:
		v = &w.Address
	case *service.WebResponse:
		v = nil // it is the client's
	}
	if v == nil || p.row == nil {
		return []byte("null")
	}
	b := wire.AppendRecord(make([]byte, 0, 512), p.row.Op, v)
	if len(b) == 0 || string(b) == "{}" {
		return []byte("null")
	}
	return b
}

// userIdentity says who called. AWS documentation: "CloudTrail userIdentity element".
func userIdentity(c *service.Caller) []byte {
	j := make(object, 0, 512).open()
	j = j.str("type", [...]string{
		policy.Anonymous: "AWSAccount", policy.Root: "Root", policy.User: "IAMUser", policy.RoleSession: "AssumedRole",
		policy.FederatedUser: "FederatedUser", policy.WebIdentity: "WebIdentityUser", policy.SAML: "SAMLUser", policy.Service: "AWSService",
	}[c.Kind])
	switch c.Kind {
	case policy.Service:
		return j.str("invokedBy", c.ServiceName).close()
	case policy.Anonymous:
		return j.str("principalId", "").str("accountId", "ANONYMOUS_PRINCIPAL").close()
	}
	for _, m := range [...][2]string{{"principalId", c.UserID}, {"arn", c.ARN}, {"accountId", c.Account}} {
		if m[1] != "" { // who failed to sign in may be nobody
			j = j.str(m[0], m[1])
		}
	}
	if c.AccessKeyID != "" {
		j = j.str("accessKeyId", c.AccessKeyID)
	}
	if c.Kind == policy.User {
		j = j.str("userName", c.Name)
	}
	if c.Session != nil {
		j = j.raw("sessionContext", sessionContext(c))
	}
	if c.InvokedBy != "" {
		j = j.str("invokedBy", c.InvokedBy)
	}
	return j.close()
}

func sessionContext(c *service.Caller) []byte {
	s := c.Session
	j := make(object, 0, 384).open()
	if c.Kind == policy.RoleSession || c.Kind == policy.FederatedUser {
		kind := map[policy.PrincipalKind]string{policy.RoleSession: "Role", policy.User: "IAMUser", policy.Root: "Root"}[s.Issuer.Kind]
		i := make(object, 0, 256).open().str("type", kind).str("principalId", s.Issuer.ID).str("arn", s.Issuer.ARN).
			str("accountId", s.Issuer.Account).str("userName", s.Issuer.Name)
		j = j.raw("sessionIssuer", i.close())
	}
	j = j.raw("attributes", make(object, 0, 96).open().str("creationDate", s.IssuedAt.UTC().Format(time.RFC3339)).
		str("mfaAuthenticated", strconv.FormatBool(s.MFA)).close())
	if s.SourceIdentity != "" {
		j = j.str("sourceIdentity", s.SourceIdentity)
	}
	if s.Kind == service.AssumeRoot {
		j = j.str("assumedRoot", "true")
	}
	return j.close()
}

// lookupName is CloudTrail's Username attribute: the user's name, "root", or the session's name.
func lookupName(c *service.Caller) string {
	switch {
	case c.Kind == policy.Root:
		return "root"
	case c.Kind == policy.RoleSession, c.Kind == policy.FederatedUser:
		return c.Session.Name
	case c.Kind == policy.Service:
		return c.ServiceName
	}
	return c.Name
}

func (p *performance) readOnly() bool { return p.row != nil && p.row.Op.ReadOnly }

// recordRegion is us-east-1 for global services, wherever they were called.
func (p *performance) recordRegion() string {
	if p.service == nil || p.service.Global {
		return globalRegion
	}
	return p.call.Region
}

func (p *performance) source() string {
	if p.service == nil {
		return "unknown"
	}
	return p.service.EventSource
}

// additional holds what CloudTrail has no field for: which statement decided. It is how `aws cloudtrail lookup-events` answers
// "which policy said no".
func (p *performance) additional(extra *service.Record, failure error, v view) []byte {
	j := make(object, 0, 256).open()
	for _, k := range sortedKeys(extra.AdditionalData) {
		j = j.value(k, extra.AdditionalData[k])
	}
	if d := p.decision(failure); d != nil && !v.foreign { // it names the caller's own policies
		j = j.raw("authorization", d)
	}
	if len(j) == 1 {
		return nil
	}
	return j.close()
}

func (p *performance) decision(failure error) []byte {
	if p.verdict == nil {
		return nil
	}
	asked := &p.verdict.Asked[0]
	var d *denied
	if errors.As(failure, &d) && d.asked != nil {
		asked = d.asked
	}
	return make(object, 0, 256).open().str("decision", asked.Decision.Effect.String()).str("action", asked.Request.Action).
		str("resource", asked.Request.Resource).reasons("decidedBy", asked.Decision.Told(asked.Request)).close()
}
