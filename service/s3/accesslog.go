package s3

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/website"
)

// recorded is what a line of an access log takes from the event of a call.
type recorded struct {
	UserIdentity struct {
		Type      string `json:"type"`
		ARN       string `json:"arn"`
		AccountID string `json:"accountId"`
		InvokedBy string `json:"invokedBy"`
	} `json:"userIdentity"`
	EventName         string `json:"eventName"`
	AWSRegion         string `json:"awsRegion"`
	SourceIPAddress   string `json:"sourceIPAddress"`
	UserAgent         string `json:"userAgent"`
	ErrorCode         string `json:"errorCode"`
	RequestID         string `json:"requestID"`
	RequestParameters struct {
		Key       string `json:"key"`
		VersionID string `json:"versionId"`
	} `json:"requestParameters"`
	Additional struct {
		In     *int64 `json:"bytesTransferredIn"`
		Out    *int64 `json:"bytesTransferredOut"`
		Auth   string `json:"AuthenticationMethod"`
		Signed string `json:"SignatureVersion"`
	} `json:"additionalEventData"`
	TLS struct {
		Version string `json:"tlsVersion"`
		Cipher  string `json:"cipherSuite"`
		Host    string `json:"clientProvidedHostHeader"`
	} `json:"tlsDetails"`
}

// accessLine is the line of a call in the log of a bucket, without its end. What the event does not hold is "-": the times that the answer took, the
// referer and the host ID. Amazon S3 User Guide: "Amazon S3 server access log format".
func accessLine(b *Bucket, at time.Time, record []byte) (string, error) {
	var r recorded
	if err := json.Unmarshal(record, &r); err != nil {
		return "", fmt.Errorf("read the event of a call on bucket %s: %w", b.Name, err)
	}
	if name, ok := lifecycleNames[r.EventName]; ok {
		return lifecycleLine(b, at, &r, name), nil
	}
	op := api.API.Operation(r.EventName)
	if op == nil {
		return "", nil
	}
	target := "/" + b.Name
	if k := r.RequestParameters.Key; k != "" {
		target += (&url.URL{Path: "/" + k}).EscapedPath()
	}
	if _, query, ok := strings.Cut(op.URI, "?"); ok {
		target += "?" + query
	}
	size := "-"
	if r.Additional.In != nil && *r.Additional.In > 0 {
		size = strconv.FormatInt(*r.Additional.In, 10)
	}
	sent := "-"
	if r.Additional.Out != nil && *r.Additional.Out > 0 {
		sent = strconv.FormatInt(*r.Additional.Out, 10)
		size = sent
	}
	fields := []string{
		canonicalID(b.Account), b.Name, at.UTC().Format("[02/Jan/2006:15:04:05 -0700]"), word(r.SourceIPAddress), requester(&r), word(r.RequestID), operationAt(r.TLS.Host, op),
		logKeyOf(r.RequestParameters.Key), quoteLine(op.Method + " " + target + " HTTP/1.1"), strconv.Itoa(statusOf(op, r.ErrorCode)), word(r.ErrorCode), sent, size, "-", "-", `"-"`,
		quoteLine(r.UserAgent), word(r.RequestParameters.VersionID), "-", word(r.Additional.Signed), word(r.TLS.Cipher), word(r.Additional.Auth), word(r.TLS.Host),
		word(r.TLS.Version), "-", "-", word(r.AWSRegion),
	}
	return strings.Join(fields, " "), nil
}

// logKeyOf is a key as logs have it, escaped.
func logKeyOf(key string) string {
	if key == "" {
		return "-"
	}
	return url.PathEscape(key)
}

// requester is the canonical ID of root, the ARN of other principals, the name of a service, and "-" of nobody.
func requester(r *recorded) string {
	switch u := &r.UserIdentity; {
	case u.Type == "Root":
		return canonicalID(u.AccountID)
	case u.ARN != "":
		return word(u.ARN)
	default:
		return word(u.InvokedBy)
	}
}

// word is a field without anything that could be taken for the end of it.
func word(s string) string {
	if s == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == '"' {
			return '_'
		}
		return r
	}, s)
}

// quoteLine is a quoted field. What would end it, or the line, is escaped.
func quoteLine(s string) string {
	if s == "" {
		return `"-"`
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"':
			b.WriteString("%22")
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "%%%02X", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// operationName is what the log calls an operation: REST, its method and what it is about.
func operationName(op *wire.Operation) string {
	path, query, _ := strings.Cut(op.URI, "?")
	what := "BUCKET"
	if strings.Contains(path, "{Key") {
		what = "OBJECT"
	}
	method := op.Method
	first, _, _ := strings.Cut(query, "&")
	name, _, _ := strings.Cut(first, "=")
	switch op.Name {
	case "CopyObject":
		method = "COPY"
	case "UploadPart", "ListParts":
		what = "PART"
	case "UploadPartCopy":
		method, what = "COPY", "PART"
	case "DeleteObjects":
		what = "MULTI_OBJECT_DELETE"
	default:
		if short, ok := resourceNames[name]; ok {
			what = short
		} else if name != "" && name != "list-type" && name != "x-id" {
			what = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		}
	}
	return "REST." + method + "." + what
}

// operationAt tells what was asked of a website from what was asked of the API.
func operationAt(host string, op *wire.Operation) string {
	name := operationName(op)
	bare, _, _ := strings.Cut(strings.ToLower(host), ":")
	if _, _, ok := website.Host(bare); ok {
		return "WEBSITE" + strings.TrimPrefix(name, "REST")
	}
	return name
}

// resourceNames are those that are not the query's name in capitals.
var resourceNames = map[string]string{
	"policy": "BUCKETPOLICY", "logging": "LOGGING_STATUS", "object-lock": "OBJECT_LOCK_CONFIGURATION", "publicAccessBlock": "PUBLIC_ACCESS_BLOCK",
	"ownershipControls": "OWNERSHIP_CONTROLS", "requestPayment": "REQUEST_PAYMENT", "uploads": "UPLOADS", "uploadId": "UPLOAD", "versions": "BUCKETVERSIONS",
	"policyStatus": "BUCKETPOLICY_STATUS",
}

// statusOf is the status of the answer: an event holds only the code of an error.
func statusOf(op *wire.Operation, errorCode string) int {
	if errorCode == "" {
		return op.Status
	}
	if n, err := strconv.Atoi(errorCode); err == nil && n >= 300 && n < 600 {
		return n
	}
	for status, codes := range errorStatuses {
		if slices.Contains(codes, errorCode) {
			return status
		}
	}
	if strings.HasPrefix(errorCode, "NoSuch") || strings.HasSuffix(errorCode, "NotFoundError") {
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

var errorStatuses = map[int][]string{
	http.StatusMovedPermanently:             {"PermanentRedirect"},
	http.StatusForbidden:                    {"AccessDenied", "InvalidObjectState", "CrossLocationLoggingProhibitted", "SignatureDoesNotMatch", "InvalidAccessKeyId"},
	http.StatusMethodNotAllowed:             {"MethodNotAllowed"},
	http.StatusConflict:                     {"BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "InvalidBucketState", "ConditionalRequestConflict"},
	http.StatusLengthRequired:               {"MissingContentLength"},
	http.StatusPreconditionFailed:           {"PreconditionFailed"},
	http.StatusRequestedRangeNotSatisfiable: {"InvalidRange", "InvalidPartNumber"},
	http.StatusInternalServerError:          {"InternalError", "InternalFailure"},
	http.StatusNotImplemented:               {"NotImplemented"},
	http.StatusServiceUnavailable:           {"SlowDown", "ServiceUnavailable"},
}
