package gateway

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"vauban/api/wire"
)

// decode turns the request into the operation's input and validates it against the model's constraints.
func (x *exchange) decode() error {
	if err := x.readBody(); err != nil {
		return err
	}
	body := x.body
	if x.r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = x.gunzip(body); err != nil {
			return err
		}
	}
	in, err := wire.Decode(x.target.protocol, x.target.op, &wire.Request{
		Method: x.r.Method, EscapedPath: x.r.URL.EscapedPath(), RawQuery: x.r.URL.RawQuery, Header: x.r.Header, Host: x.r.Host,
		Body: body, Labels: x.target.labels,
	})
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
	out, err := io.ReadAll(holding{x, io.LimitReader(z, x.limit.Body+1)})
	var full *wire.Error
	switch {
	case errors.As(err, &full):
		return nil, full
	case err != nil:
		return nil, errIncompleteBody.New("The request body is not valid gzip.").Because(err)
	case int64(len(out)) > x.limit.Body:
		return nil, errTooLarge.New("The request body is larger than the %d bytes that this operation takes.", x.limit.Body)
	}
	return out, nil
}
