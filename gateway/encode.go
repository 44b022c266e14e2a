package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"

	"vauban/access"
	"vauban/api/wire"
)

// answer writes the output or the error in the caller's protocol.
func (x *exchange) answer(err error) {
	x.admitPage()
	if err == nil && x.made != nil {
		x.send(x.made)
		x.observe("")
		return
	}
	if page := x.page(err); page != nil {
		code := ""
		if err != nil {
			code = asModelled(err).Shape.Code
		}
		x.send(page)
		x.observe(code)
		return
	}
	if err == nil {
		res, encodeErr := wire.Encode(x.target.protocol, x.target.op, x.out, x.id)
		if encodeErr == nil {
			if x.form != nil {
				x.answerForm(res)
			}
			x.send(res)
			x.observe("")
			return
		}
		err = encodeErr
		x.Logger.Error("an answer could not be encoded", "request", x.id, "operation", x.target.name, "error", err)
	}
	e := asModelled(err)
	if m := x.authorizationMessage(err); m != "" {
		x.w.Header().Set("X-Vauban-Authorization-Message", m)
	}
	s := x.target.service
	if s == nil {
		s = &wire.Service{} // refused before it was known whom it is for
	}
	x.send(wire.EncodeError(x.target.answerIn(), s, e, x.id, x.target.queryMode))
	x.observe(e.Shape.Code)
}

func (x *exchange) send(res *wire.Response) {
	x.sent = true
	h := x.w.Header()
	for k, v := range res.Header {
		h[k] = v
	}
	x.begins(res)
	if res.Stream != nil {
		defer res.Stream.Close()
		x.w.WriteHeader(res.Status)
		if res.Live {
			x.live(res.Stream)
		} else {
			x.stream(res.Stream)
		}
		return
	}
	if x.r.Method != http.MethodHead || h.Get("Content-Length") == "" { // what HEAD tells of is not in the answer
		h.Set("Content-Length", strconv.Itoa(len(res.Body)))
	}
	x.w.WriteHeader(res.Status)
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(res.Body)
	}
}

// authorizationMessage seals why the call was refused, for sts:DecodeAuthorizationMessage: whoever may decode it learns the
// questions and the deciding statements, which the error itself does not tell.
func (x *exchange) authorizationMessage(err error) string {
	var d *denied
	if !errors.As(err, &d) || d.asked == nil || x.failing == nil || x.failing.verdict == nil {
		return ""
	}
	for _, context := range []bool{true, false} { // many tags make it too long
		m, err := access.SealMessage(x.Sealer, access.Message{Account: x.caller.Account, Time: x.start, Authz: x.failing.refusal(x.caller, d.asked, context)})
		if err == nil && len(m) <= maxMessageHeader {
			return m
		}
	}
	return ""
}

// maxMessageHeader keeps the header below what clients read; Python's take 64 KiB a line, proxies 8 in all.
const maxMessageHeader = 6 << 10

// newID is a random UUID, version 4 (RFC 9562).
func newID(r io.Reader) string {
	var b [16]byte
	if r == nil {
		r = rand.Reader
	}
	if _, err := io.ReadFull(r, b[:]); err != nil {
		panic("gateway: no randomness: " + err.Error()) // crypto/rand does not fail
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[:8], b[:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
