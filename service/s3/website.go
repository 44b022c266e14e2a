package s3

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/website"
	"vauban/service"
	"vauban/store"
)

// This file serves websites: it says which object a page needs, and what the client gets when that is there or not. The objects are read by GetObject and
// HeadObject of an anonymous caller, so that a bucket's policy and Block Public Access decide about a page as about any unsigned read. Amazon S3
// User Guide: "Website endpoints", "Configuring an index document", "Configuring a custom error document", "Configuring a webpage redirect".

// What the last step of a visit was.
const (
	readPage   = iota + 1
	lookFolder // whether what was not found is a folder with a page
	readError  // the error document
)

var errWrongEndpoint = wire.Code("IncorrectEndpoint", http.StatusBadRequest)

// site is the website endpoint of a bucket.
type site struct {
	*Service
	bucket, region string
}

// Site implements [service.Sites].
func (s *Service) Site(host string) service.Site {
	bucket, region, ok := website.Host(host)
	if !ok || checkBucketName(bucket) != nil || !slices.Contains(s.Regions, region) {
		return nil
	}
	return &site{s, bucket, region}
}

// Bucket implements [service.Site].
func (s *site) Bucket() string { return s.bucket }

// Region implements [service.Site].
func (s *site) Region() string { return s.region }

// Next implements [service.Site].
func (s *site) Next(tx store.Tx, v *service.SiteVisit, last *service.SiteStep, out any, err error) (*service.SiteStep, error) {
	path, pathErr := url.PathUnescape(strings.TrimPrefix(v.Path, "/"))
	first := &service.SiteStep{Operation: readOperation(v.Method), In: &api.GetObjectInput{Bucket: &s.bucket, Key: &path}}
	b, set, refused, err2 := s.setting(tx, v, path, pathErr)
	if err2 != nil {
		return nil, err2
	}
	if refused != nil {
		path = strings.ToValidUTF8(path[:min(len(path), maxKey)], "\uFFFD") // as it is recorded
		first.Failed, first.Answer = refused, errorPage(v, refused, nil)
		return first, nil
	}
	asked := website.Asked{Scheme: v.Scheme, Host: v.Authority, Key: path}
	if last == nil {
		return s.begin(b, &set.Site, v, asked, first), nil
	}
	return s.goOn(&set.Site, v, asked, last, out, err), nil
}

func readOperation(method string) string {
	if method == http.MethodHead {
		return api.OpHeadObject.Name
	}
	return api.OpGetObject.Name
}

// setting is the configuration of the website, or why there is nothing to be seen.
func (s *site) setting(tx store.Tx, v *service.SiteVisit, path string, pathErr error) (*Bucket, *siteSetting, *wire.Error, error) {
	b, err := buckets.Get(tx, store.K(s.bucket))
	switch {
	case store.IsAbsent(err):
		return nil, nil, noSuchBucket(s.bucket), nil
	case err != nil:
		return nil, nil, nil, err
	case b.Region != s.region:
		return b, nil, errWrongEndpoint.New("The specified bucket exists in another region. Please direct requests to the specified endpoint.").
			With("Endpoint", b.Name+".s3-website-"+b.Region+".amazonaws.com"), nil
	}
	set, err := websiteKind.in(tx, b)
	if err != nil {
		return nil, nil, nil, err
	}
	var refused *wire.Error
	switch {
	case set == nil:
		errors.As(noWebsite(b), &refused)
	case v.Method != http.MethodGet && v.Method != http.MethodHead:
		refused = errMethodNotAllowed.New("The specified method is not allowed against this resource.").With("Method", v.Method).With("ResourceType", "OBJECT")
	case pathErr != nil || !utf8.ValidString(path):
		refused = errInvalidURI.New("Couldn't parse the specified URI.")
	case len(path) > maxKey:
		refused = errKeyTooLong.New("Your key is too long").With("Size", int64(len(path))).With("MaxSizeAllowed", int64(maxKey))
	}
	return b, set, refused, nil
}

var errInvalidURI = wire.Code("InvalidURI", http.StatusBadRequest)

func (s *site) begin(b *Bucket, w *website.Site, v *service.SiteVisit, asked website.Asked, first *service.SiteStep) *service.SiteStep {
	if r := w.Before(asked); r != nil {
		first.Resources = []service.Resource{{ARN: s.objectARN(b.Name, asked.Key), Type: objectType}, {ARN: s.bucketARN(b.Name), Account: b.Account, Type: bucketType}}
		first.Answer = redirectTo(r)
		return first
	}
	first.Phase, first.In = readPage, s.reading(v.Method, w.Object(asked.Key), v.Header)
	return first
}

// reading is the input that reads an object. What a browser says of what it has already, and of a part, counts; a query does not.
func (s *site) reading(method, key string, h http.Header) any {
	get := &api.GetObjectInput{Bucket: &s.bucket, Key: &key}
	get.Range, get.IfMatch, get.IfNoneMatch = wire.Optional(h.Get("Range")), wire.Optional(h.Get("If-Match")), wire.Optional(h.Get("If-None-Match"))
	if t, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil {
		get.IfModifiedSince = &t
	}
	if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil {
		get.IfUnmodifiedSince = &t
	}
	if method != http.MethodHead {
		return get
	}
	return &api.HeadObjectInput{
		Bucket: get.Bucket, Key: get.Key, Range: get.Range, IfMatch: get.IfMatch, IfNoneMatch: get.IfNoneMatch, IfModifiedSince: get.IfModifiedSince, IfUnmodifiedSince: get.IfUnmodifiedSince,
	}
}

func (s *site) goOn(w *website.Site, v *service.SiteVisit, asked website.Asked, last *service.SiteStep, out any, err error) *service.SiteStep {
	failed := modelled(err)
	switch {
	case last.Phase == lookFolder && err == nil:
		return &service.SiteStep{Answer: redirectTo(website.Folder(asked))}
	case last.Phase == lookFolder:
		return s.fail(w, v, asked, last.Failed)
	case last.Phase == readError && err == nil:
		return &service.SiteStep{Answer: &service.SiteAnswer{Output: true, Status: last.Failed.Shape.Status, Header: errorHeader(last.Failed)}}
	case last.Phase == readError:
		return &service.SiteStep{Answer: errorPage(v, last.Failed, failed)}
	case err == nil:
		if to := member(out, "WebsiteRedirectLocation"); to != nil {
			return &service.SiteStep{Answer: redirectTo(&website.Redirect{Location: *to, Code: http.StatusMovedPermanently})}
		}
		return &service.SiteStep{Answer: &service.SiteAnswer{Output: true}}
	case failed.Shape.Status == http.StatusNotModified:
		return &service.SiteStep{Answer: &service.SiteAnswer{Status: http.StatusNotModified}}
	}
	page := w.Page(asked.Key)
	missing := failed.Shape.Status == http.StatusNotFound || failed.Shape.Status == http.StatusForbidden // whoever may not list is not told which
	if page != "" && missing && len(page) <= maxKey {
		return &service.SiteStep{Operation: api.OpHeadObject.Name, In: s.reading(http.MethodHead, page, nil), Phase: lookFolder, Failed: failed}
	}
	return s.fail(w, v, asked, failed)
}

// fail is what follows when there is no page: another address, the error document, or a page that says so.
func (s *site) fail(w *website.Site, v *service.SiteVisit, asked website.Asked, failed *wire.Error) *service.SiteStep {
	if r := w.After(asked, failed.Shape.Status); r != nil {
		return &service.SiteStep{Answer: redirectTo(r)}
	}
	if w.Error == "" || failed.Shape.Status >= http.StatusInternalServerError {
		return &service.SiteStep{Answer: errorPage(v, failed, nil)}
	}
	return &service.SiteStep{Operation: readOperation(v.Method), In: s.reading(v.Method, w.Error, nil), Phase: readError, Failed: failed}
}

func redirectTo(r *website.Redirect) *service.SiteAnswer {
	return &service.SiteAnswer{Status: r.Code, Header: http.Header{"Location": {r.Location}}}
}

// modelled is an error as clients see it.
func modelled(err error) *wire.Error {
	var known *wire.Error
	if err == nil || errors.As(err, &known) {
		return known
	}
	return internal(err)
}
