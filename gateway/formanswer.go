package gateway

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"

	"vauban/api/wire"
)

// answerForm turns the answer of the upload into what a browser is to do next: nothing, look at an XML document, or go to another page.
func (x *exchange) answerForm(res *wire.Response) {
	f := x.form
	etag := res.Header.Get("Etag")
	res.Status, res.Body = http.StatusNoContent, nil
	res.Header.Del("Content-Type")
	location := x.formLocation()
	if to := f.redirect(etag); to != "" {
		res.Status = http.StatusSeeOther
		res.Header.Set("Location", to)
		return
	}
	res.Header.Set("Location", location)
	switch f.fields["success_action_status"] {
	case "200":
		res.Status = http.StatusOK
	case "201":
		res.Status = http.StatusCreated
		res.Header.Set("Content-Type", "application/xml")
		res.Body = postResponse(location, f.bucket, f.fields["key"], etag)
	}
}

// redirect is where the browser is to go, with what was stored in the query; "" when the form does not say.
func (f *formUpload) redirect(etag string) string {
	to := f.fields["success_action_redirect"]
	if to == "" {
		to = f.fields["redirect"]
	}
	u, err := url.Parse(to)
	if to == "" || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	q := u.Query()
	q.Set("bucket", f.bucket)
	q.Set("key", f.fields["key"])
	q.Set("etag", etag)
	u.RawQuery = q.Encode()
	return u.String()
}

// formLocation is the address of the object, in the style in which the bucket was addressed.
func (x *exchange) formLocation() string {
	u := url.URL{Scheme: "http", Host: x.r.Host, Path: "/" + x.form.fields["key"]}
	if x.r.TLS != nil {
		u.Scheme = "https"
	}
	if x.bucket == "" {
		u.Path = "/" + x.form.bucket + u.Path
	}
	return u.String()
}

func postResponse(location, bucket, key, etag string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<PostResponse>")
	for _, m := range [...][2]string{{"Location", location}, {"Bucket", bucket}, {"Key", key}, {"ETag", etag}} {
		b.WriteString("<" + m[0] + ">")
		_ = xml.EscapeText(&b, []byte(m[1])) // a buffer takes everything
		b.WriteString("</" + m[0] + ">")
	}
	b.WriteString("</PostResponse>")
	return b.Bytes()
}
