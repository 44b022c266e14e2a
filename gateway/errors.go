package gateway

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"vauban/api/wire"
)

// Errors that the door itself answers. Their codes differ by protocol family: see family.
var (
	errMethodNotAllowed = wire.Code("MethodNotAllowed", http.StatusMethodNotAllowed)
	errInternal         = &wire.ErrorShape{Shape: "InternalFailure", Code: "InternalFailure", Status: 500, Fault: true}
	errUnavailable      = &wire.ErrorShape{Shape: "ServiceUnavailable", Code: "ServiceUnavailable", Status: 503, Fault: true}
	errNotBuilt         = &wire.ErrorShape{Shape: "NotImplemented", Code: "NotImplemented", Status: 501}
	errThrottled        = &wire.ErrorShape{Shape: "ThrottlingException", Code: "ThrottlingException", Status: 400}
	errTooLarge         = &wire.ErrorShape{Shape: "RequestEntityTooLarge", Code: "RequestEntityTooLarge", Status: 413}
	errRequestTimeout   = &wire.ErrorShape{Shape: "RequestTimeout", Code: "RequestTimeout", Status: 408}
	errIncompleteBody   = &wire.ErrorShape{Shape: "IncompleteBody", Code: "IncompleteBody", Status: 400}

	errThrottledREST        = &wire.ErrorShape{Shape: "ThrottlingException", Code: "ThrottlingException", Status: 429}
	errSlowDown             = &wire.ErrorShape{Shape: "SlowDown", Code: "SlowDown", Status: 503}
	errRequestLimit         = &wire.ErrorShape{Shape: "RequestLimitExceeded", Code: "RequestLimitExceeded", Status: 503}
	errInvalidAction        = &wire.ErrorShape{Shape: "InvalidAction", Code: "InvalidAction", Status: 400}
	errUnknownOperation     = &wire.ErrorShape{Shape: "UnknownOperationException", Code: "UnknownOperationException", Status: 400}
	errUnknownOperationREST = &wire.ErrorShape{Shape: "UnknownOperationException", Code: "UnknownOperationException", Status: 404}
	errMissingAction        = &wire.ErrorShape{Shape: "MissingAction", Code: "MissingAction", Status: 400}
	errAccessDeniedQuery    = &wire.ErrorShape{Shape: "AccessDenied", Code: "AccessDenied", Status: 403}
	errAccessDeniedJSON     = &wire.ErrorShape{Shape: "AccessDeniedException", Code: "AccessDeniedException", Status: 400, QueryCode: "AccessDenied", QueryStatus: 403}
	errAccessDeniedREST     = &wire.ErrorShape{Shape: "AccessDeniedException", Code: "AccessDeniedException", Status: 403}
	errUnauthorizedEC2      = &wire.ErrorShape{Shape: "UnauthorizedOperation", Code: "UnauthorizedOperation", Status: 403}
)

// family groups the protocols by how they name the door's own errors.
type family uint8

const (
	familyQuery family = iota // awsQuery: iam, sts, sns, elbv2
	familyEC2
	familyJSON // awsJson and rpcv2Cbor
	familyREST // restJson1 and cloudfront's restXml
	familyS3
)

func familyOf(t *target) family {
	switch t.protocol {
	case wire.EC2Query:
		return familyEC2
	case wire.AWSJSON10, wire.AWSJSON11, wire.RPCv2CBOR:
		return familyJSON
	case wire.RESTXML:
		if t.service != nil && t.service.Name == "s3" {
			return familyS3
		}
		return familyREST
	case wire.RESTJSON1:
		return familyREST
	}
	return familyQuery
}

func accessDenied(f family, message string) *wire.Error {
	switch f {
	case familyJSON:
		return errAccessDeniedJSON.New("%s", message)
	case familyREST:
		return errAccessDeniedREST.New("%s", message)
	case familyEC2:
		return errUnauthorizedEC2.New("%s", message)
	}
	return errAccessDeniedQuery.New("%s", message)
}

func throttled(f family) *wire.Error {
	switch f {
	case familyS3:
		return errSlowDown.New("Please reduce your request rate.")
	case familyEC2:
		return errRequestLimit.New("Request limit exceeded.")
	case familyREST:
		return errThrottledREST.New("Rate exceeded")
	}
	return errThrottled.New("Rate exceeded")
}

// panicked is the cause of an internal failure, with the stack for the log.
func panicked(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }
