package gateway

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"

	"vauban/api/wire"
	"vauban/gateway/sigv4"
)

// decode turns the request into the operation's input and validates it against the model's constraints.
func (x *exchange) decode() error {
	if x.form != nil {
		return x.decodeForm()
	}
	if x.web != nil {
		return x.decodeWeb()
	}
	streams := x.payload != nil
	if !streams {
		if err := x.readBody(); err != nil {
			return err
		}
		if err := x.checkBody(); err != nil {
			return err
		}
	}
	body := x.body
	if !streams && x.r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = x.gunzip(body); err != nil {
			return err
		}
	}
	req := &wire.Request{
		Method: x.r.Method, EscapedPath: x.path(), RawQuery: x.r.URL.RawQuery, Header: x.r.Header, Host: x.r.Host,
		Body: body, Labels: x.target.labels,
	}
	if streams {
		req.Stream, req.Header = x.payload, ofObject(x.r.Header)
	}
	in, err := wire.Decode(x.target.protocol, x.target.op, req)
	if err != nil {
		return err
	}
	x.in = in
	return wire.Validate(x.target.protocol, x.target.op, in)
}

// gunzip expands a compressed body within the limit of an uncompressed one.
func (x *exchange) gunzip(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, errIncompleteBody.New("The request body is not valid gzip.").Because(err)
	}
	out, err := io.ReadAll(holding{x, io.LimitReader(z, x.maxBody()+1)})
	var full *wire.Error
	switch {
	case errors.As(err, &full):
		return nil, full
	case err != nil:
		return nil, errIncompleteBody.New("The request body is not valid gzip.").Because(err)
	case int64(len(out)) > x.maxBody():
		return nil, errTooLarge.New("The request body is larger than the %d bytes that this operation takes.", x.maxBody())
	}
	return out, nil
}

// ofObject are the headers of a request without what describes the transfer and not the object.
func ofObject(h http.Header) http.Header {
	coding := h.Get("Content-Encoding")
	kept := sigv4.ContentEncoding(coding)
	if kept == coding {
		return h
	}
	h = h.Clone()
	h.Del("Content-Encoding")
	if kept != "" {
		h.Set("Content-Encoding", kept)
	}
	return h
}
