package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"

	"github.com/minio/crc64nvme"

	"vauban/gateway/sigv4"
)

// request is a signed request as it goes over the wire.
type request struct {
	method     string
	head, body []byte
}

// request signs a request for the object. Over TLS its body is sent as the aws CLI and the SDKs send one by default: unsigned, in chunks, with a checksum
// behind it; over plain HTTP the body's SHA-256 is signed. encryption is x-amz-server-side-encryption, "" for none.
func (s *server) request(method, path, encryption string, object []byte) (*request, error) {
	if method != "PUT" {
		object = nil
	}
	hash, body := sigv4.PayloadHash(object), object
	if s.CA != nil && object != nil {
		hash, body = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", chunked(object)
	}
	r, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if s.CA != nil && object != nil {
		r.Header.Set("Content-Encoding", "aws-chunked")
		r.Header.Set("X-Amz-Trailer", trailer)
		r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(len(object)))
	}
	if encryption != "" {
		r.Header.Set("X-Amz-Server-Side-Encryption", encryption)
	}
	signer := &sigv4.Signer{AccessKeyID: s.AccessKeyID, Secret: sigv4.SecretKey(s.SecretAccessKey), Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, hash, time.Now()); err != nil {
		return nil, err
	}
	head, err := httputil.DumpRequestOut(r, false)
	return &request{method, head, body}, err
}

const trailer = "x-amz-checksum-crc64nvme"

// chunkSize is botocore's.
const chunkSize = 1 << 20

// chunked is the object in the coding aws-chunked. Amazon S3 API Reference: "Signature calculations for the Authorization header: including trailing headers".
func chunked(object []byte) []byte {
	var b bytes.Buffer
	for rest := object; len(rest) > 0; {
		n := min(len(rest), chunkSize)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	sum := crc64nvme.New()
	sum.Write(object)
	fmt.Fprintf(&b, "0\r\n%s:%s\r\n\r\n", trailer, base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	return b.Bytes()
}

// connection is one client.
type connection struct {
	to   *server
	conn net.Conn
	in   *bufio.Reader
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
	}
}

func (c *connection) dial() error {
	u, err := url.Parse(c.to.URL)
	if err != nil {
		return err
	}
	if c.to.CA != nil {
		c.conn, err = tls.Dial("tcp", u.Host, &tls.Config{RootCAs: c.to.CA})
	} else {
		c.conn, err = net.Dial("tcp", u.Host)
	}
	c.in = bufio.NewReaderSize(c.conn, 64<<10)
	return err
}

// do sends the request and reads the whole answer, which must be 200 OK.
func (c *connection) do(r *request) error {
	if c.conn == nil {
		if err := c.dial(); err != nil {
			return err
		}
	}
	if len(r.body) <= smallSize*2 {
		if _, err := c.conn.Write(append(r.head[:len(r.head):len(r.head)], r.body...)); err != nil {
			return err
		}
	} else {
		if _, err := c.conn.Write(r.head); err != nil {
			return err
		}
		if _, err := c.conn.Write(r.body); err != nil {
			return err
		}
	}
	res, err := http.ReadResponse(c.in, &http.Request{Method: r.method})
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s, %d bytes", r.method, res.Status, n)
	}
	if res.Close { // as moto_server does after each
		c.conn.Close()
		c.conn = nil
	}
	return err
}
