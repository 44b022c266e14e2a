package gateway

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"vauban/api/wire"
)

// decodeForm turns the fields into the operation's input, as if they were its headers.
func (x *exchange) decodeForm() error {
	if err := x.admitForm(); err != nil {
		return err
	}
	f := x.form
	header, err := f.header()
	if err != nil {
		return err
	}
	in, err := wire.Decode(x.target.protocol, x.target.op, &wire.Request{
		Method: http.MethodPut, EscapedPath: "/" + url.PathEscape(f.bucket) + (&url.URL{Path: "/" + f.fields["key"]}).EscapedPath(), Header: header, Host: x.r.Host,
		Labels: map[string]string{"Bucket": f.bucket, "Key": f.fields["key"]}, Stream: newFormFile(x),
	})
	if err != nil {
		return err
	}
	x.in = in
	return wire.Validate(x.target.protocol, x.target.op, in)
}

// header are the fields that are headers of an upload without a form.
func (f *formUpload) header() (http.Header, error) {
	h := http.Header{}
	for name, value := range f.fields {
		switch name {
		case "acl":
			h.Set("X-Amz-Acl", value)
		case "tagging":
			tags, err := tagsOfForm(value)
			if err != nil {
				return nil, err
			}
			h.Set("X-Amz-Tagging", tags)
		case "cache-control", "content-type", "content-disposition", "content-encoding", "content-language", "expires":
			h.Set(name, value)
		case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token":
		default:
			if strings.HasPrefix(name, "x-amz-") {
				h[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
			}
		}
	}
	return h, nil
}

// tagsOfForm turns the XML document of the field tagging into what the header says.
func tagsOfForm(text string) (string, error) {
	var doc struct {
		XMLName xml.Name `xml:"Tagging"`
		Tags    []struct {
			Key   string `xml:"Key"`
			Value string `xml:"Value"`
		} `xml:"TagSet>Tag"`
	}
	if err := xml.Unmarshal([]byte(text), &doc); err != nil {
		return "", errMalformedXML.New("The XML you provided was not well-formed or did not validate against our published schema").Because(err)
	}
	pairs := make([]string, len(doc.Tags))
	for i, t := range doc.Tags {
		pairs[i] = url.QueryEscape(t.Key) + "=" + url.QueryEscape(t.Value)
	}
	return strings.Join(pairs, "&"), nil
}

// formFile is the file, which must be as large as the policy says. Its length is known only at its end.
type formFile struct {
	payload *payload
	form    *formUpload
	n       int64
	err     error
}

func newFormFile(x *exchange) *formFile {
	return &formFile{payload: &payload{x: x, r: x.form.file, length: -1, trailer: func() http.Header { return nil }}, form: x.form}
}

// Read implements io.Reader. An error refuses the upload.
func (f *formFile) Read(b []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.payload.Read(b)
	f.n += int64(n)
	if fault := f.check(errors.Is(err, io.EOF)); fault != nil {
		err = fault
	}
	f.err = err
	return n, err
}

func (f *formFile) check(whole bool) error {
	if p := f.form.policy; p != nil {
		if _, most := p.Sizes(); whole || f.n > most {
			if err := formFault(p.CheckSize(f.n)); err != nil {
				return err
			}
		}
	}
	if f.n > maxFormFile {
		return wire.Code("EntityTooLarge", http.StatusBadRequest).New("Your proposed upload exceeds the maximum allowed size").
			With("ProposedSize", f.n).With("MaxSizeAllowed", int64(maxFormFile))
	}
	return nil
}

// Close implements io.Closer. What is left of the body the server deals with.
func (f *formFile) Close() error { return nil }
