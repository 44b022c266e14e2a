package wire

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type objectPath struct {
	Bucket *string `api:",required,label"`
	Key    *string `api:",required,label"`
}

// shop is a service with S3's and Lambda's kinds of routes.
func shop() *Service {
	path := reflect.TypeFor[objectPath]()
	op := func(name, method, uri string, in reflect.Type) *Operation {
		return &Operation{Name: name, Method: method, URI: uri, Input: in, Output: reflect.TypeFor[struct{}]()}
	}
	return NewService(&Service{Name: "shop", Protocols: []Protocol{RESTXML}, Operations: []*Operation{
		op("ListBuckets", "GET", "/?x-id=ListBuckets", reflect.TypeFor[struct{}]()),
		op("ListDirectoryBuckets", "GET", "/?x-id=ListDirectoryBuckets", reflect.TypeFor[struct{}]()),
		op("ListObjects", "GET", "/{Bucket}", path),
		op("ListObjectsV2", "GET", "/{Bucket}?list-type=2", path),
		op("GetBucketPolicy", "GET", "/{Bucket}?policy", path),
		op("GetBucketAnalytics", "GET", "/{Bucket}?analytics", reflect.TypeFor[struct {
			Bucket *string `api:",required,label"`
			Id     *string `api:",required,query=id"`
		}]()),
		op("ListBucketAnalytics", "GET", "/{Bucket}?analytics", path),
		op("GetObject", "GET", "/{Bucket}/{Key+}", path),
		op("PutObject", "PUT", "/{Bucket}/{Key+}?x-id=PutObject", path),
		op("CopyObject", "PUT", "/{Bucket}/{Key+}?x-id=CopyObject", reflect.TypeFor[struct {
			Bucket     *string `api:",required,label"`
			Key        *string `api:",required,label"`
			CopySource *string `api:",required,header=x-amz-copy-source"`
		}]()),
		op("UploadPart", "PUT", "/{Bucket}/{Key+}?x-id=UploadPart", reflect.TypeFor[struct {
			Bucket   *string `api:",required,label"`
			Key      *string `api:",required,label"`
			Part     *int64  `api:",required,query=partNumber"`
			UploadId *string `api:",required,query=uploadId"`
		}]()),
		op("Select", "POST", "/{Bucket}/{Key+}?select&select-type=2", path),
		op("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy", reflect.TypeFor[struct {
			FunctionName *string `api:",required,label"`
		}]()),
		op("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}", reflect.TypeFor[struct {
			FunctionName *string `api:",required,label"`
		}]()),
		op("TagThing", "POST", "/tags/{Arn+}/now", reflect.TypeFor[struct {
			Arn *string `api:",required,label"`
		}]()),
	}})
}

func TestRouter(t *testing.T) {
	r := NewRouter(shop())
	for _, tc := range []struct {
		method, path, query string
		header              http.Header
		op                  string
		labels              map[string]string
	}{
		{"GET", "/", "", nil, "ListBuckets", map[string]string{}},
		{"GET", "", "", nil, "ListBuckets", map[string]string{}},
		{"GET", "/", "x-id=ListDirectoryBuckets", nil, "ListDirectoryBuckets", map[string]string{}},
		{"GET", "/b", "", nil, "ListObjects", map[string]string{"Bucket": "b"}},
		{"GET", "/b/", "", nil, "ListObjects", map[string]string{"Bucket": "b"}},
		{"GET", "/b", "list-type=2&prefix=x", nil, "ListObjectsV2", map[string]string{"Bucket": "b"}},
		{"GET", "/b", "list-type=1", nil, "ListObjects", map[string]string{"Bucket": "b"}},
		{"GET", "/b", "policy", nil, "GetBucketPolicy", map[string]string{"Bucket": "b"}},
		{"GET", "/b", "policy=", nil, "GetBucketPolicy", map[string]string{"Bucket": "b"}},
		{"GET", "/b", "analytics&id=1", nil, "GetBucketAnalytics", map[string]string{"Bucket": "b"}},
		{"GET", "/b", "analytics", nil, "ListBucketAnalytics", map[string]string{"Bucket": "b"}},
		{"GET", "/b/k", "", nil, "GetObject", map[string]string{"Bucket": "b", "Key": "k"}},
		{"GET", "/b/a/b//c/", "", nil, "GetObject", map[string]string{"Bucket": "b", "Key": "a/b//c/"}},
		{"GET", "/b//k", "", nil, "GetObject", map[string]string{"Bucket": "b", "Key": "/k"}},
		{"GET", "/b/../k%2F%20+", "", nil, "GetObject", map[string]string{"Bucket": "b", "Key": "../k/ +"}},
		{"PUT", "/b/k", "", nil, "PutObject", map[string]string{"Bucket": "b", "Key": "k"}},
		{"PUT", "/b/k", "", http.Header{"X-Amz-Copy-Source": {"/a/b"}}, "CopyObject", map[string]string{"Bucket": "b", "Key": "k"}},
		{"PUT", "/b/k", "partNumber=1&uploadId=x", nil, "UploadPart", map[string]string{"Bucket": "b", "Key": "k"}},
		{"PUT", "/b/k", "x-id=UploadPart", nil, "UploadPart", map[string]string{"Bucket": "b", "Key": "k"}},
		{"POST", "/b/k", "select&select-type=2", nil, "Select", map[string]string{"Bucket": "b", "Key": "k"}},
		{"POST", "/b/k", "select", nil, "", nil},
		{"GET", "/2015-03-31/functions/f", "", nil, "GetFunction", map[string]string{"FunctionName": "f"}},
		{"GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%2Ff/policy", "", nil, "GetPolicy", map[string]string{"FunctionName": "arn:aws:lambda:us-east-1:1:function/f"}},
		{"POST", "/tags/arn:a/b/now", "", nil, "TagThing", map[string]string{"Arn": "arn:a/b"}},
		{"POST", "/tags/now", "", nil, "", nil},
		{"GET", "/b/%zz", "", nil, "", nil},
		{"GET", "/b", "%zz", nil, "", nil},
		{"PATCH", "/b", "", nil, "", nil},
	} {
		op, labels, ok := r.Match(tc.method, tc.path, tc.query, tc.header)
		got := ""
		if ok {
			got = op.Name
		}
		if got != tc.op {
			t.Errorf("%s %s?%s is %q, want %q", tc.method, tc.path, tc.query, got, tc.op)
			continue
		}
		if d := cmp.Diff(tc.labels, labels); ok && d != "" {
			t.Errorf("%s %s?%s: %s", tc.method, tc.path, tc.query, d)
		}
	}
}

func TestOperationNames(t *testing.T) {
	s := kitchenService(AWSQuery)
	if s.Operation("Cook") == nil || s.Operation("cook") != nil || s.Operation("Bake") != nil || !s.IsUnbuilt("Bake") || s.IsUnbuilt("Cook") {
		t.Error("operations are found by their exact names, and those that are not built are known")
	}
	if s.Operation("Cook").Service != s {
		t.Error("an operation knows its service")
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
