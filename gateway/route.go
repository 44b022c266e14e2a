package gateway

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vauban/api/wire"
	"vauban/gateway/sigv4"
	"vauban/service"
)

// target is what a request asks for.
type target struct {
	service   *wire.Service
	protocol  wire.Protocol
	name      string // operation as the client named it
	op        *wire.Operation
	row       *service.Row
	known     bool // the model has it, though it is not built
	labels    map[string]string
	queryMode bool // x-amzn-query-mode: errors carry their legacy codes
}

// route finds service, operation and protocol. The rules and their order are those that AWS's clients need: rpcv2Cbor by its
// header, awsJson by X-Amz-Target, query by its form, everything else by method and path.
func (x *exchange) route() error {
	if id, below := x.address(); id != "" {
		return x.routeWeb(id, below)
	}
	if x.isFormUpload() {
		return x.routeForm()
	}
	signing := ""
	switch x.signed, x.unsigned = sigv4.Parse(x.r); {
	case x.signed != nil:
		signing = x.signed.Service
	case x.unsigned.Kind != sigv4.MissingAuthenticationToken:
		signing = claimedService(x.r) // so that the refusal comes in the words of that service
	}
	ofS3 := x.signed != nil && x.signed.IsS3()
	if !strings.HasPrefix(x.r.URL.Path, controlPath) {
		x.bucket = bucketOf(hostOf(x.r.Host), x.Hosts)
	}
	if !ofS3 && (isForm(x.r) || x.r.Method == http.MethodGet && x.r.URL.Query().Has("Action")) {
		return x.routeQuery(signing)
	}
	if x.r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" {
		return x.routeCBOR()
	}
	if t := x.r.Header.Get("X-Amz-Target"); t != "" {
		return x.routeJSON(t)
	}
	return x.routeREST(signing)
}

func (x *exchange) routeCBOR() error {
	x.target.protocol = wire.RPCv2CBOR
	parts := strings.Split(x.r.URL.Path, "/")
	n := len(parts)
	if !isPlain(x.r.URL.EscapedPath()) || n < 4 || parts[n-4] != "service" || parts[n-2] != "operation" {
		return x.unknownOperation()
	}
	return x.operation(x.services.byTarget[parts[n-3]], parts[n-1], wire.RPCv2CBOR)
}

// routeJSON takes the last two parts of the target: botocore qualifies the prefix, the Go SDK does not.
func (x *exchange) routeJSON(t string) error {
	x.target.protocol = wire.AWSJSON11
	if ct, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type")); ct == "application/x-amz-json-1.0" {
		x.target.protocol = wire.AWSJSON10
	}
	prefix, name, ok := cutLast(t, ".")
	if !ok {
		return x.unknownOperation()
	}
	if _, last, ok := cutLast(prefix, "."); ok {
		prefix = last
	}
	return x.operation(x.services.byTarget[prefix], name, x.target.protocol)
}

func (x *exchange) routeQuery(signing string) error {
	x.guess() // for a body that cannot be read
	form := x.r.URL.RawQuery
	if x.r.Method == http.MethodPost {
		if err := x.readBody(); err != nil {
			return err
		}
		form = string(x.body)
	}
	action, version := formValue(form, "Action"), formValue(form, "Version")
	e := x.services.query(signing, version, action)
	if e != nil {
		x.target.protocol = wire.AWSQuery
		if slices.Contains(e.api.Protocols, wire.EC2Query) {
			x.target.protocol = wire.EC2Query
		}
	}
	if action == "" {
		return errMissingAction.New("The request must contain the parameter Action.")
	}
	return x.operation(e, action, x.target.protocol)
}

func (x *exchange) routeREST(signing string) error {
	x.target.protocol = wire.RESTJSON1
	candidates := x.services.bySigning[signing]
	switch {
	case x.signed != nil && x.signed.IsS3():
		x.target.protocol = wire.RESTXML
	case signing == "" && x.bucket != "":
		candidates = x.services.bySigning["s3"]
	default:
		x.bucket = ""
		if !isPlain(x.r.URL.EscapedPath()) {
			return x.unknownOperation()
		}
		if signing == "" {
			candidates = x.services.all // unsigned: the path alone tells
		}
	}
	var closed, object func() error // an operation that asks for a signature; one of S3 that does not
	for _, e := range candidates {
		if e.router == nil {
			continue
		}
		op, labels, ok := e.router.Match(x.r.Method, x.path(), x.r.URL.RawQuery, x.r.Header)
		if signing == "" && !ok {
			continue
		}
		protocol := wire.RESTJSON1
		if slices.Contains(e.api.Protocols, wire.RESTXML) {
			protocol = wire.RESTXML
		}
		if !ok {
			x.target.service, x.target.protocol = e.api, protocol
			continue
		}
		take := func() error {
			x.target.labels = labels
			return x.operation(e, op.Name, protocol)
		}
		row := e.rows[op.Name]
		switch {
		case signing != "" || op.Unsigned:
			return take()
		case e.api.BareErrors: // a path of S3 may be any path
			if object == nil && (x.bucket != "" || row != nil && row.Unsigned) {
				object = take
			}
		case closed == nil:
			closed = take
		}
	}
	switch {
	case closed != nil:
		return closed()
	case object != nil:
		return object()
	}
	return x.unknownOperation()
}

// isPlain reports whether a path has no empty segment but the last, and none that means "here" or "above", however it is encoded.
// Clients sign such a path as it is or with these removed, and both verify: it could be another path to whoever reads it next.
func isPlain(escapedPath string) bool {
	rest, more := strings.TrimPrefix(escapedPath, "/"), true
	for more {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		if segment == "" && more {
			return false
		}
		if strings.Contains(segment, "%") {
			segment, _ = url.PathUnescape(segment)
		}
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// operation notes the target. A missing row is not an error yet: the caller is named first, so that the attempt is recorded.
func (x *exchange) operation(e *entry, name string, p wire.Protocol) error {
	x.target.name, x.target.protocol = bounded(name, 128), p
	x.target.queryMode = x.r.Header.Get("X-Amzn-Query-Mode") == "true"
	if e == nil {
		return x.unknownOperation()
	}
	x.target.service, x.target.row, x.target.known = e.api, e.rows[name], e.known[name]
	if x.target.row != nil {
		x.target.op = x.target.row.Op
	}
	return nil
}

// answerIn is the protocol of an error: a request that was refused before it was routed gets JSON.
func (t *target) answerIn() wire.Protocol {
	if t.protocol == wire.NoProtocol {
		return wire.RESTJSON1
	}
	return t.protocol
}

// unbuilt is the answer when there is no row.
func (x *exchange) unbuilt() error {
	t := &x.target
	if t.known {
		return errNotBuilt.New("The operation %s:%s is part of the AWS API, but it is not built in this version of Vauban.", t.service.Name, t.name)
	}
	return x.unknownOperation()
}

func (x *exchange) unknownOperation() error {
	t := &x.target
	switch familyOf(t) {
	case familyJSON:
		return errUnknownOperation.New("The requested operation is not recognized by the service.")
	case familyREST, familyS3:
		return errUnknownOperationREST.New("Unable to determine service/operation name to be authorized")
	}
	version := ""
	if t.service != nil {
		version = t.service.Version
	}
	return errInvalidAction.New("Could not find operation %s for version %s", t.name, version)
}

// maxBody is how large a body the operation takes.
func (x *exchange) maxBody() int64 {
	if row := x.target.row; row != nil {
		return max(x.limit.Body, row.Body)
	}
	return x.limit.Body
}

// readBody reads a body that is not streamed, once, within its limit.
func (x *exchange) readBody() error {
	if x.body != nil || x.bodyErr != nil || x.r.Body == nil || x.r.Body == http.NoBody {
		return x.bodyErr
	}
	b, err := io.ReadAll(holding{x, http.MaxBytesReader(x.w, x.r.Body, x.maxBody())})
	var known *wire.Error
	if errors.As(err, &known) {
		x.bodyErr = known
	} else if err != nil {
		x.bodyErr = x.unread(err)
	}
	x.body = b
	return x.bodyErr
}

func isForm(r *http.Request) bool {
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return r.Method == http.MethodPost && strings.EqualFold(strings.TrimSpace(ct), "application/x-www-form-urlencoded") && r.Header.Get("X-Amz-Target") == ""
}

// guess sets the protocol of a request that is refused before it was routed, so that its client understands the answer.
func (x *exchange) guess() family {
	r, name := x.r, claimedService(x.r)
	var speaks []wire.Protocol
	if e := x.services.bySigning[name]; len(e) > 0 {
		x.target.service, speaks = e[0].api, e[0].api.Protocols
	}
	p := wire.RESTJSON1
	switch {
	case isForm(r) && (name == "ec2" || slices.Contains(speaks, wire.EC2Query)):
		p = wire.EC2Query
	case isForm(r), r.Method == http.MethodGet && strings.Contains(r.URL.RawQuery, "Action="):
		p = wire.AWSQuery
	case r.Header.Get("Smithy-Protocol") != "":
		p = wire.RPCv2CBOR
	case r.Header.Get("X-Amz-Target") != "":
		p = wire.AWSJSON11
	case slices.Contains(speaks, wire.RESTXML):
		p = wire.RESTXML
	case name == "s3":
		x.target.protocol = wire.RESTXML
		return familyS3
	}
	x.target.protocol = p
	return familyOf(&x.target)
}

// claimedService is the service of the scope that a signature claims, without looking at the rest of it.
func claimedService(r *http.Request) string {
	claim, slash := r.Header.Get("Authorization"), "/"
	if claim == "" {
		claim, slash = r.URL.RawQuery, "%2F"
	}
	scope, _, ok := strings.Cut(claim, slash+"aws4_request")
	if !ok {
		return ""
	}
	_, name, _ := cutLast(scope, slash)
	return name
}

// formValue returns the first value of a name without building a map of the whole form.
func formValue(form, name string) string {
	for form != "" {
		var pair string
		pair, form, _ = strings.Cut(form, "&")
		if k, v, _ := strings.Cut(pair, "="); k == name {
			if u, err := url.QueryUnescape(v); err == nil {
				return u
			}
			return ""
		}
	}
	return ""
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
