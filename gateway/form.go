package gateway

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"vauban/api/wire"
	"vauban/engine/postpolicy"
	"vauban/gateway/sigv4"
)

// This file takes an upload by an HTML form for what it is: the operation PutObject, signed by a policy document, whose input stands in the form's
// fields and whose body is the form's file. S3 API Reference: "POST Object".

// formUpload is an upload by a form.
type formUpload struct {
	bucket string
	fields map[string]string // by their names in lower case, without the file
	file   *multipart.Part
	policy *postpolicy.Policy // nil for an upload without a signature
}

const (
	formOperation = "PutObject"
	maxFormFields = 20 << 10 // bytes before the file, names and values
	fieldCost     = 16       // that each field counts for beside them: empty ones come to an end, too
	maxFormFile   = 5 << 30
)

var (
	errFormTooLarge = wire.Code("MaxPostPreDataLengthExceededError", http.StatusBadRequest)
	errMalformedXML = wire.Code("MalformedXML", http.StatusBadRequest)
	errMalformed    = wire.Code("MalformedPOSTRequest", http.StatusBadRequest)
	errFormArgument = wire.Code("InvalidArgument", http.StatusBadRequest)
)

// isFormUpload reports whether a browser has sent a form with a file to a bucket.
func (x *exchange) isFormUpload() bool {
	ct, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	return x.r.Method == http.MethodPost && ct == "multipart/form-data" && x.r.Header.Get("Authorization") == "" && x.r.URL.RawQuery == "" &&
		x.services.byName["s3"] != nil
}

// routeForm reads the fields up to the file.
func (x *exchange) routeForm() error {
	e := x.services.byName["s3"]
	x.target.service, x.target.protocol = e.api, e.api.Protocols[0]
	x.bucket = bucketOf(hostOf(x.r.Host), x.Hosts)
	path := strings.TrimSuffix(strings.TrimPrefix(x.path(), "/"), "/")
	bucket, err := url.PathUnescape(path)
	if err != nil || bucket == "" || strings.Contains(path, "/") {
		x.unsigned = &sigv4.Problem{Kind: sigv4.MissingAuthenticationToken}
		return errMethodNotAllowed.New("The specified method is not allowed against this resource.").With("Method", x.r.Method).With("ResourceType", "OBJECT")
	}
	if x.form, err = x.readForm(bucket); err != nil {
		x.unsigned = &sigv4.Problem{Kind: sigv4.MissingAuthenticationToken}
		return err
	}
	x.signed, x.unsigned = sigv4.ParsePost(func(name string) string { return x.form.fields[name] })
	return x.operation(e, formOperation, x.target.protocol)
}

func (x *exchange) readForm(bucket string) (*formUpload, error) {
	r, err := x.r.MultipartReader()
	if err != nil {
		return nil, malformedForm(err)
	}
	f := &formUpload{bucket: bucket, fields: map[string]string{}}
	left := maxFormFields
	for f.file == nil {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil, errFormArgument.New("POST requires exactly one file upload per request.").With("ArgumentName", "file").With("ArgumentValue", "0")
		}
		if err != nil {
			return nil, malformedForm(err)
		}
		name := strings.ToLower(part.FormName())
		if name == "file" {
			f.file = part
			break
		}
		value, err := io.ReadAll(io.LimitReader(part, int64(left)+1))
		if err != nil {
			return nil, malformedForm(err)
		}
		if left -= len(name) + len(value) + fieldCost; left < 0 {
			return nil, errFormTooLarge.New("Your POST request fields preceding the upload file were too large.").With("MaxPostPreDataLengthBytes", int64(maxFormFields))
		}
		if _, twice := f.fields[name]; !twice {
			f.fields[name] = string(value)
		}
	}
	key, ok := f.fields["key"]
	if !ok || key == "" {
		return nil, errFormArgument.New("Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.").
			With("ArgumentName", "key").With("ArgumentValue", "")
	}
	f.fields["key"] = strings.ReplaceAll(key, "${filename}", f.file.FileName())
	return f, nil
}

func malformedForm(err error) error {
	return errMalformed.New("The body of your POST request is not well-formed multipart/form-data.").Because(err)
}

// verifyForm proves that the policy document was signed with the secret. What it says is checked by admitForm.
func (x *exchange) verifyForm(secret sigv4.SecretKey) error {
	if p := x.signed.Verify(secret, x.Clock(), x.keys, nil); p != nil {
		return x.refuse(p)
	}
	return nil
}

// admitForm checks the form against its policy document.
func (x *exchange) admitForm() error {
	text, has := x.form.fields["policy"]
	if !has && x.unsigned != nil {
		return nil
	}
	document, err := base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, text))
	if err != nil {
		document = nil // no JSON either
	}
	if x.form.policy, err = postpolicy.Parse(document); err == nil {
		err = x.form.policy.Check(postpolicy.Form{Bucket: x.form.bucket, Fields: x.form.fields}, x.start)
	}
	return formFault(err)
}

func formFault(err error) error {
	var f *postpolicy.Fault
	if !errors.As(err, &f) {
		return err
	}
	e := wire.Code(f.Code, f.Status).New("%s", f.Message)
	switch f.Code {
	case "EntityTooLarge":
		e.With("ProposedSize", f.Proposed).With("MaxSizeAllowed", f.Allowed)
	case "EntityTooSmall":
		e.With("ProposedSize", f.Proposed).With("MinSizeAllowed", f.Allowed)
	}
	return e
}
