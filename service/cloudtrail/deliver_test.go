package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "vauban/api/cloudtrail"
	s3 "vauban/api/s3"
	sns "vauban/api/sns"
	"vauban/api/wire"
	"vauban/eventlog"
	"vauban/eventlog/archive"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

const home = "111122223333"

// noAccounts is a deployment without organizations.
type noAccounts struct{}

func (noAccounts) BindPrincipals(store.Tx, string) (string, map[string]string, error) {
	return "", nil, errors.New("not asked for")
}

func (noAccounts) ShowPrincipals(store.Tx, string, map[string]string) (string, error) {
	return "", errors.New("not asked for")
}
func (noAccounts) Standing(store.Tx, string) (*Standing, error) { return &Standing{}, nil }
func (noAccounts) Management(store.Tx, string) (string, error) {
	return "", errors.New("not asked for")
}
func (noAccounts) Members(store.Tx, string) ([]string, error) {
	return nil, errors.New("not asked for")
}

// plain seals nothing away.
type plain struct{ open }

func (plain) Seal(_ string, _ store.Key, b []byte) ([]byte, error) { return b, nil }
func (plain) Open(_ string, _ store.Key, b []byte) ([]byte, error) { return b, nil }

// stage is CloudTrail with a log, and a bucket in place of S3.
type stage struct {
	t       *testing.T
	s       *Service
	now     time.Time
	objects map[string]s3.PutObjectInput
	bodies  map[string][]byte
	refuse  string // code of S3's answer, "" when it takes files
	puts    int
	told    []string // messages of the topic
	crash   int      // the put after which the process is gone; 0 for never
	next    int
}

var errCrash = errors.New("the process is gone")

func newStage(t *testing.T) *stage {
	t.Helper()
	return newStageWith(t, eventlog.Options{})
}

func newStageWith(t *testing.T, opt eventlog.Options) *stage {
	t.Helper()
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), objects: map[string]s3.PutObjectInput{}, bodies: map[string][]byte{}}
	clock := func() time.Time { return st.now }
	opt.Clock = clock
	log, err := eventlog.Open(db, &archive.Memory{}, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(log.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	st.s = New(service.Deps{Store: db, Log: log, Seal: plain{}, Clock: clock, Rand: rand.Reader, Partition: "aws"}, noAccounts{})
	return st
}

// Call implements [service.Door] with one bucket.
func (st *stage) Call(c *service.Call, as service.Identity, svc, operation string, in any) (any, error) {
	who := as.Caller(nil)
	if who.ServiceName != principal || who.SourceAccount != home || !strings.HasPrefix(who.SourceARN, "arn:aws:cloudtrail:us-east-1:"+home+":trail/") {
		st.t.Errorf("%s by %s for %s", operation, who.ServiceName, who.SourceARN)
	}
	if st.refuse != "" {
		return nil, (&wire.ErrorShape{Code: st.refuse, Status: 403}).New("refused")
	}
	switch in := in.(type) {
	case *s3.GetBucketAclInput:
		return &s3.GetBucketAclOutput{}, nil
	case *sns.PublishInput:
		if *in.TopicArn != "arn:aws:sns:us-east-1:"+home+":files" {
			return nil, sns.NotFoundException.New("Topic does not exist")
		}
		st.told = append(st.told, *in.Message)
		return &sns.PublishOutput{}, nil
	case *s3.PutObjectInput:
		body, err := io.ReadAll(in.Body)
		if err != nil {
			return nil, err
		}
		if old, has := st.bodies[*in.Key]; has && !bytes.Equal(old, body) {
			st.t.Errorf("%s was written with other content", *in.Key)
		}
		st.objects[*in.Key], st.bodies[*in.Key] = *in, body
		if st.puts++; st.puts == st.crash {
			return nil, errCrash
		}
		return &s3.PutObjectOutput{}, nil
	}
	return nil, fmt.Errorf("%s:%s is not asked for", svc, operation)
}

// event records a call.
func (st *stage) event(e eventlog.Entry) {
	st.t.Helper()
	e = st.entry(e)
	if err := st.s.Log.Append(st.t.Context(), &e); err != nil {
		st.t.Fatal(err)
	}
}

func (st *stage) entry(e eventlog.Entry) eventlog.Entry {
	st.next++
	e.ID = fmt.Sprintf("event-%d", st.next)
	if e.Account == "" {
		e.Account = home
	}
	if e.Region == "" {
		e.Region = "us-east-1"
	}
	if e.Source == "" {
		e.Source = "iam.amazonaws.com"
	}
	e.Time = st.now
	if e.Record == nil {
		e.Record = fmt.Appendf(nil, `{"eventName":%q,"eventID":%q,"requestID":"other"}`, e.Name, e.ID)
	}
	return e
}

// call performs a write of the service, with its record, as the gateway does. The record has the operation's name.
func call[In, Out any](st *stage, name string, h func(*service.Call, *In) (*Out, error), in *In) *Out {
	st.t.Helper()
	st.next++
	request := fmt.Sprintf("request-%d", st.next)
	c := &service.Call{Context: st.t.Context(), Account: home, Region: "us-east-1", Partition: "aws", Time: st.now, RequestID: request, Door: st}
	e := st.entry(eventlog.Entry{Name: name, Source: principal, Record: fmt.Appendf(nil, `{"eventName":%q,"requestID":%q}`, name, request)})
	var out *Out
	commit := func(fn func(store.Tx) error) error {
		return st.s.Store.Write(st.t.Context(), func(tx store.Tx) error {
			c.Tx = tx
			if err := fn(tx); err != nil {
				return err
			}
			c.Tx = nil
			return eventlog.Append(tx, &e)
		})
	}
	var err error
	if name == "CreateTrail" || name == "UpdateTrail" {
		c.Commit = commit
		out, err = h(c, in)
	} else {
		err = commit(func(store.Tx) (err error) {
			out, err = h(c, in)
			return err
		})
	}
	if err != nil {
		st.t.Fatalf("%s: %v", name, err)
	}
	return out
}

func (st *stage) work(ctx context.Context) *service.Work {
	return &service.Work{Context: ctx, Time: st.now, Partition: "aws", Door: st, Check: func(store.Tx) error { return nil }}
}

// deliver does one turn of both jobs.
func (st *stage) deliver() error {
	return errors.Join(st.s.deliver(st.work(st.t.Context())), st.s.digest(st.work(st.t.Context())))
}

func (st *stage) trail(in *api.CreateTrailInput) {
	st.t.Helper()
	in.Name, in.S3BucketName = new("audit"), new("logs")
	call(st, "CreateTrail", st.s.createTrail, in)
}

func (st *stage) start() {
	st.t.Helper()
	call(st, "StartLogging", st.s.startLogging, &api.StartLoggingInput{Name: new("audit")})
}

func (st *stage) stop() {
	st.t.Helper()
	call(st, "StopLogging", st.s.stopLogging, &api.StopLoggingInput{Name: new("audit")})
}

func (st *stage) status() *api.GetTrailStatusOutput {
	st.t.Helper()
	return call(st, "GetTrailStatus", st.s.getTrailStatus, &api.GetTrailStatusInput{Name: new("audit")})
}

// files are the keys of the objects of a kind, but for the folder.
func (st *stage) files(kind string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(st.bodies)), func(key string) bool {
		return !strings.Contains(key, "/"+kind+"/") || strings.HasSuffix(key, "/")
	})
}

func unzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// names are those of all delivered events, in the order of files and within them.
func (st *stage) names() []string {
	st.t.Helper()
	names := []string{}
	for _, key := range st.files("CloudTrail") {
		var file struct {
			Records []struct {
				Name string `json:"eventName"`
			}
		}
		if err := json.Unmarshal(unzip(st.t, st.bodies[key]), &file); err != nil {
			st.t.Fatalf("%s: %v", key, err)
		}
		for _, r := range file.Records {
			names = append(names, r.Name)
		}
	}
	return names
}

// TestDelivery: from the record of StartLogging to that of StopLogging, in files with AWS's keys.
func TestDelivery(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{S3KeyPrefix: new("audit")})
	st.event(eventlog.Entry{Name: "Before"})
	st.start()
	for _, name := range []string{"One", "Two"} {
		st.event(eventlog.Entry{Name: name})
	}
	st.event(eventlog.Entry{Name: "OfData", Data: true})
	st.event(eventlog.Entry{Name: "Elsewhere", Region: "eu-west-1"})
	st.event(eventlog.Entry{Name: "Theirs", Account: "444455556666"})
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	st.event(eventlog.Entry{Name: "Three"})
	st.stop()
	st.event(eventlog.Entry{Name: "After"})
	st.now = st.now.Add(5 * time.Minute)
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	want := []string{"StartLogging", "One", "Two", "Three", "StopLogging"}
	if d := cmp.Diff(want, st.names()); d != "" {
		t.Errorf("delivered (-want +got):\n%s", d)
	}
	files := st.files("CloudTrail")
	if len(files) != 2 || !strings.HasPrefix(files[0], "audit/AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/111122223333_CloudTrail_us-east-1_20260102T0304Z_") {
		t.Errorf("files %q", files)
	}
	in := st.objects[files[0]]
	if *in.ACL != "bucket-owner-full-control" || *in.ServerSideEncryption != "AES256" {
		t.Errorf("put with %s, %s", *in.ACL, *in.ServerSideEncryption)
	}
	puts := st.puts
	if err := st.deliver(); err != nil || st.puts != puts {
		t.Errorf("without events: %v, %d files", err, st.puts-puts)
	}
	st.start()
	st.event(eventlog.Entry{Name: "Again"})
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(append(want, "StartLogging", "Again"), sortedAs(st.names(), want)); d != "" {
		t.Errorf("delivered (-want +got):\n%s", d)
	}
}

// sortedAs are the names with those of first before all others, each as often as it is there.
func sortedAs(names, first []string) []string {
	rest := slices.Clone(names)
	for _, f := range first {
		i := slices.Index(rest, f)
		if i < 0 {
			return names
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return append(slices.Clone(first), rest...)
}

// TestNotifications: the topic is asked when the trail is made, and told about each delivery; one that refuses then shows in the status and holds up
// nothing.
func TestNotifications(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{SnsTopicName: new("files")})
	st.start()
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	want := []string{"CloudTrail validation message.", `{"s3Bucket":"logs","s3ObjectKey":["` + st.files("CloudTrail")[0] + `"]}`}
	if d := cmp.Diff(want, st.told); d != "" {
		t.Errorf("the topic was told (-want +got):\n%s", d)
	}
	if s := st.status(); s.LatestNotificationTime == nil || s.LatestNotificationError != nil {
		t.Errorf("status %+v", s)
	}
	c := &service.Call{Context: t.Context(), Account: home, Region: "us-east-1", Partition: "aws", Time: st.now, Door: st}
	set := Settings{Account: home, Region: "us-east-1", Name: "audit", Bucket: "logs", Topic: "arn:aws:sns:us-east-1:" + home + ":none"}
	if err := set.checkTopic(c); codeOf(err) != "InsufficientSnsTopicPolicyException" {
		t.Errorf("a topic that is not there: %v", err)
	}
	if err := st.s.notify(st.work(t.Context()), &set, []*logFile{{Key: "k"}}); failureCode(err) != "NotFound" {
		t.Errorf("a topic that is gone: %v", err)
	}
	for _, bad := range []string{"arn:aws:sqs:us-east-1:111122223333:q", "a b", "arn:aws:sns:us-east-1::files"} {
		if _, err := set.topicARN(bad, "aws"); codeOf(err) != "InvalidSnsTopicNameException" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestRefused: a bucket that refuses shows in the status; the events wait.
func TestRefused(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{})
	st.start()
	st.event(eventlog.Entry{Name: "One"})
	st.refuse = "NoSuchBucket"
	if err := st.deliver(); err == nil {
		t.Error("no error")
	}
	if s := st.status(); s.LatestDeliveryError == nil || *s.LatestDeliveryError != "NoSuchBucket" || s.LatestDeliveryTime != nil {
		t.Errorf("status %+v", s)
	}
	st.event(eventlog.Entry{Name: "Two"})
	st.refuse = ""
	st.now = st.now.Add(5 * time.Minute)
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	want := []string{"StartLogging", "One", "GetTrailStatus", "Two"}
	if d := cmp.Diff(want, sortedAs(st.names(), want)); d != "" {
		t.Errorf("delivered (-want +got):\n%s", d)
	}
	if s := st.status(); s.LatestDeliveryError != nil || s.LatestDeliveryTime == nil {
		t.Errorf("status %+v", s)
	}
}

// TestCrash: whichever put is the last before the process ends, a later turn writes the same files and loses nothing.
func TestCrash(t *testing.T) {
	for crash := 1; ; crash++ {
		st := newStage(t)
		st.trail(&api.CreateTrailInput{IsMultiRegionTrail: new(true), EnableLogFileValidation: new(true)})
		st.start()
		want := map[string]int{"StartLogging": 1}
		for i := range 3 {
			for _, region := range []string{"us-east-1", "eu-west-1", "sa-east-1"} {
				name := fmt.Sprintf("E%d-%s", i, region)
				want[name]++
				st.event(eventlog.Entry{Name: name, Region: region})
			}
		}
		st.puts, st.crash = 0, crash
		st.now = st.now.Add(time.Hour)
		err := st.deliver()
		crashed := errors.Is(err, errCrash)
		for range 3 {
			st.now = st.now.Add(time.Minute)
			if err := st.deliver(); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]int{}
		for _, name := range st.names() {
			got[name]++
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("after a crash at put %d (-want +got):\n%s", crash, d)
		}
		st.verify("us-east-1")
		st.verify("eu-west-1")
		if !crashed {
			if crash < 6 {
				t.Errorf("there were only %d puts", crash)
			}
			return
		}
	}
}

// verify walks the digests of a region backwards as validators do, and returns how many digests and files it found.
func (st *stage) verify(region string) (digests, logs int) {
	st.t.Helper()
	keys := call(st, "ListPublicKeys", func(c *service.Call, in *api.ListPublicKeysInput) (*api.ListPublicKeysOutput, error) {
		c.Region = region
		return st.s.listPublicKeys(c, in)
	}, &api.ListPublicKeysInput{StartTime: new(st.now.AddDate(-1, 0, 0)), EndTime: new(st.now.AddDate(1, 0, 0))}).PublicKeyList
	all := slices.DeleteFunc(st.files("CloudTrail-Digest"), func(k string) bool { return !strings.Contains(k, "/"+region+"/") })
	for key := ""; len(all) > 0; {
		if key == "" {
			key = all[len(all)-1]
		}
		content := unzip(st.t, st.bodies[key])
		var d digestFile
		if err := json.Unmarshal(content, &d); err != nil {
			st.t.Fatal(err)
		}
		digests++
		if d.Key != key || d.Bucket != "logs" || d.Account != home {
			st.t.Errorf("%s says that it is %s/%s", key, d.Bucket, d.Key)
		}
		i := slices.IndexFunc(keys, func(k api.PublicKey) bool { return *k.Fingerprint == d.Fingerprint })
		if i < 0 {
			st.t.Fatalf("%s is signed with an unknown key", key)
		}
		public, err := x509.ParsePKCS1PublicKey(keys[i].Value)
		if err != nil {
			st.t.Fatal(err)
		}
		signature, err := hex.DecodeString(st.objects[key].Metadata["signature"])
		if err != nil {
			st.t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(d.toSign(content)))
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature); err != nil {
			st.t.Errorf("%s: %v", key, err)
		}
		for _, f := range d.Files {
			logs++
			if body, ok := st.bodies[f.Key]; !ok || hashOf(unzip(st.t, body)) != f.Hash {
				st.t.Errorf("%s is not what %s says", f.Key, key)
			}
		}
		if d.PreviousKey == nil {
			break
		}
		key = *d.PreviousKey
		if hashOf(unzip(st.t, st.bodies[key])) != *d.PreviousHash {
			st.t.Errorf("%s is not the digest before %s", key, d.Key)
		}
	}
	return digests, logs
}
