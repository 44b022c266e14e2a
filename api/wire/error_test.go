package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

type hotMembers struct {
	Degrees    *int64 `api:",i32"`
	RetryAfter *int64 `api:",header=Retry-After,i32"`
	Why        *reason
}

type reason struct{ Key *string }

func TestEncodeError(t *testing.T) {
	tooHot := &ErrorShape{Shape: "TooHotException", Code: "TooHot", Status: 503, Fault: true, Text: "Message", Members: reflect.TypeFor[hotMembers](), QueryCode: "Forge.TooHot", QueryStatus: 418}
	plain := &ErrorShape{Shape: "NoSuchThing", Code: "NoSuchThing", Status: 404}
	hot := func() *Error {
		return tooHot.New("it is %d <degrees>", 900).With("Degrees", 900).With("RetryAfter", int32(7)).With("Why", &reason{Key: ptr("k")}).Because(errors.New("the cause"))
	}
	for _, tc := range []struct {
		name    string
		p       Protocol
		s       *Service
		e       *Error
		query   bool
		status  int
		headers map[string]string
		body    string
	}{
		{"query", AWSQuery, &Service{XMLNamespace: "https://iam.amazonaws.com/doc/2010-05-08/"}, plain.New("gone"), false, 404, map[string]string{"Content-Type": "text/xml", "X-Amzn-Requestid": "id"},
			`<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchThing</Code><Message>gone</Message></Error><RequestId>id</RequestId></ErrorResponse>`},
		{"query with members", AWSQuery, &Service{}, hot(), false, 503, nil,
			`<ErrorResponse><Error><Type>Receiver</Type><Code>TooHot</Code><Message>it is 900 &lt;degrees&gt;</Message><Degrees>900</Degrees><RetryAfter>7</RetryAfter><Why><Key>k</Key></Why></Error><RequestId>id</RequestId></ErrorResponse>`},
		{"ec2", EC2Query, &Service{}, plain.New("gone"), false, 404, map[string]string{"Content-Type": "text/xml;charset=UTF-8"},
			xmlHeader + `<Response><Errors><Error><Code>NoSuchThing</Code><Message>gone</Message></Error></Errors><RequestID>id</RequestID></Response>`},
		{"json", AWSJSON11, &Service{}, hot(), false, 503, map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amzn-Errortype": "TooHotException", "X-Amzn-Query-Error": ""},
			`{"__type":"TooHotException","Message":"it is 900 <degrees>","Degrees":900,"RetryAfter":7,"Why":{"Key":"k"}}`},
		{"query-compatible", AWSJSON10, &Service{QueryCompatible: true}, hot(), true, 418, map[string]string{"X-Amzn-Query-Error": "Forge.TooHot;Receiver"},
			`{"__type":"TooHotException","Message":"it is 900 <degrees>","Degrees":900,"RetryAfter":7,"Why":{"Key":"k"}}`},
		{"query-compatible without a legacy code", AWSJSON10, &Service{QueryCompatible: true}, plain.New("gone"), true, 404, map[string]string{"X-Amzn-Query-Error": "NoSuchThing;Sender"},
			`{"__type":"NoSuchThing","message":"gone"}`},
		{"query mode of a service that has none", AWSJSON10, &Service{}, plain.New("gone"), true, 404, map[string]string{"X-Amzn-Query-Error": ""}, `{"__type":"NoSuchThing","message":"gone"}`},
		{"restJson1", RESTJSON1, &Service{}, hot(), false, 503, map[string]string{"X-Amzn-Errortype": "TooHotException", "Retry-After": "7"}, `{"Message":"it is 900 <degrees>","Degrees":900,"Why":{"Key":"k"}}`},
		{"restXml", RESTXML, &Service{}, hot(), false, 503, map[string]string{"Retry-After": "7"},
			`<ErrorResponse><Error><Type>Receiver</Type><Code>TooHot</Code><Message>it is 900 &lt;degrees&gt;</Message><Degrees>900</Degrees><Why><Key>k</Key></Why></Error><RequestId>id</RequestId></ErrorResponse>`},
		{"S3, with members that no model has", RESTXML, &Service{BareErrors: true}, plain.New("gone").With("BucketName", "b&c").With("n", 3).With("bad name", "x"), false, 404, map[string]string{"X-Amz-Request-Id": "id"},
			xmlHeader + `<Error><Code>NoSuchThing</Code><Message>gone</Message><BucketName>b&amp;c</BucketName><n>3</n><RequestId>id</RequestId><HostId>` + HostID("id") + `</HostId></Error>`},
		{"a status that is none", AWSJSON11, &Service{}, (&ErrorShape{Shape: "X", Fault: true}).New(""), false, 500, nil, `{"__type":"X"}`},
	} {
		resp := EncodeError(tc.p, NewService(tc.s), tc.e, "id", tc.query)
		if resp.Status != tc.status || string(resp.Body) != tc.body {
			t.Errorf("%s: %d\n got %s\nwant %s", tc.name, resp.Status, resp.Body, tc.body)
		}
		for name, want := range tc.headers {
			if got := strings.Join(resp.Header[name], ","); got != want {
				t.Errorf("%s: header %s is %q, want %q", tc.name, name, got, want)
			}
		}
		if strings.Contains(string(resp.Body), "cause") {
			t.Errorf("%s: the client sees the cause", tc.name)
		}
	}
}

func TestEncodeErrorCBOR(t *testing.T) {
	shape := &ErrorShape{Shape: "TooHot", Status: 400, Text: "message", Members: reflect.TypeFor[hotMembers]()}
	resp := EncodeError(RPCv2CBOR, NewService(&Service{Namespace: "com.example.forge"}), shape.New("hot").With("Degrees", 5), "id", false)
	got, err := anyCBOR(&cborScanner{data: resp.Body})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"__type": "com.example.forge#TooHot", "message": "hot", "Degrees": 5.0}
	if !reflect.DeepEqual(got, want) || resp.Header["Smithy-Protocol"][0] != "rpc-v2-cbor" {
		t.Errorf("got %v %v", got, resp.Header)
	}
}

func TestAssign(t *testing.T) {
	var m hotMembers
	v := reflect.ValueOf(&m).Elem()
	for _, x := range []any{7, int8(7), int64(7), ptr(int64(7))} {
		m = hotMembers{}
		if !assign(v.Field(0), x) || *m.Degrees != 7 {
			t.Errorf("%T is not assigned", x)
		}
	}
	for _, x := range []any{"7", 7.5, []int{1}} {
		if assign(v.Field(0), x) {
			t.Errorf("%T is assigned to a number", x)
		}
	}
}
