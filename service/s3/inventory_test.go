package s3_test

import (
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

const inventoryPolicy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::reports/*",` +
	`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::stock"},"StringEquals":{"aws:SourceAccount":"` + shopAccount + `","s3:x-amz-acl":"bucket-owner-full-control"}}}}`

func inventoryOf(id, versions, frequency, encryption string, fields ...string) string {
	x := `<InventoryConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Destination><S3BucketDestination><Format>CSV</Format><Bucket>arn:aws:s3:::reports</Bucket><Prefix>inv</Prefix>` +
		encryption + `</S3BucketDestination></Destination><IsEnabled>true</IsEnabled><Id>` + id + `</Id><IncludedObjectVersions>` + versions + `</IncludedObjectVersions><OptionalFields>`
	for _, f := range fields {
		x += `<Field>` + f + `</Field>`
	}
	return x + `</OptionalFields><Schedule><Frequency>` + frequency + `</Frequency></Schedule></InventoryConfiguration>`
}

// reports are the manifests of an inventory, the oldest first.
func (s *shop) reports(t *testing.T, id string) (keys []string) {
	t.Helper()
	list := s.ok(t, "GET", "/reports?list-type=2&prefix=inv/stock/"+id+"/2", "")
	for _, m := range regexp.MustCompile(`<Key>([^<]*manifest\.json)</Key>`).FindAllStringSubmatch(list, -1) {
		keys = append(keys, m[1])
	}
	return keys
}

// rows reads the files that a manifest names, and proves their checksums.
func (s *shop) rows(t *testing.T, manifest string) (schema []string, rows [][]string) {
	t.Helper()
	text := s.ok(t, "GET", "/reports/"+manifest, "")
	sum := md5.Sum([]byte(text))
	if got := s.ok(t, "GET", "/reports/"+strings.TrimSuffix(manifest, "json")+"checksum", ""); got != hex.EncodeToString(sum[:]) {
		t.Errorf("the checksum of %s is %q", manifest, got)
	}
	var m struct {
		SourceBucket, DestinationBucket, FileSchema, FileFormat, Version string
		Files                                                            []struct {
			Key         string
			Size        int
			MD5checksum string
		}
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	if m.SourceBucket != "stock" || m.DestinationBucket != "arn:aws:s3:::reports" || m.FileFormat != "CSV" || m.Version != "2016-11-30" {
		t.Errorf("manifest %s", text)
	}
	for _, f := range m.Files {
		body := s.ok(t, "GET", "/reports/"+f.Key, "")
		sum := md5.Sum([]byte(body))
		if len(body) != f.Size || hex.EncodeToString(sum[:]) != f.MD5checksum {
			t.Errorf("%s is not the file of the manifest", f.Key)
		}
		z, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		more, err := csv.NewReader(strings.NewReader(string(plain))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, more...)
	}
	return strings.Split(m.FileSchema, ", "), rows
}

func (s *shop) inventory(t *testing.T) error {
	t.Helper()
	return s.Turn(context.WithoutCancel(t.Context()), "s3.inventory")
}

// reported makes what is due, unless the server's own turn has, and returns the reports, of which there must be so many.
func (s *shop) reported(t *testing.T, id string, n int) []string {
	t.Helper()
	if err := s.inventory(t); err != nil {
		t.Fatal(err)
	}
	keys := s.reports(t, id)
	if len(keys) != n {
		t.Fatalf("%d reports of %s, want %d", len(keys), id, n)
	}
	return keys
}

func TestInventory(t *testing.T) {
	s := openShop(t, "", newClock()) // a Friday
	defer s.close(t)
	s.ok(t, "PUT", "/stock", "", "X-Amz-Bucket-Object-Lock-Enabled", "true")
	s.ok(t, "PUT", "/reports", "")
	s.ok(t, "PUT", "/stock/a%20b/c%2Bd%22", "first")
	s.ok(t, "PUT", "/stock/a%20b/c%2Bd%22", "second!", "X-Amz-Storage-Class", "STANDARD_IA", "X-Amz-Checksum-Algorithm", "SHA256", "X-Amz-Object-Lock-Legal-Hold", "ON")
	s.ok(t, "PUT", "/stock/gone", "x")
	s.ok(t, "DELETE", "/stock/gone", "")
	s.ok(t, "PUT", "/stock?inventory&id=all", inventoryOf("all", "All", "Daily", "", "Size", "ETag", "StorageClass", "EncryptionStatus", "ObjectLockLegalHoldStatus", "IsMultipartUploaded"))
	s.ok(t, "PUT", "/stock?inventory&id=now", inventoryOf("now", "Current", "Weekly", "<Encryption><SSE-S3></SSE-S3></Encryption>"))

	var refused error
	for range 5 { // the server's own turn may have come first; then it is tried in an hour
		if refused = s.inventory(t); refused != nil {
			break
		}
		s.now.Add(int64(time.Hour))
	}
	if refused == nil || !strings.Contains(refused.Error(), "of bucket stock is tried again in an hour") || !strings.Contains(refused.Error(), "s3:PutObject") {
		t.Fatalf("a destination whose policy lets nobody in: %v", refused)
	}
	s.ok(t, "PUT", "/reports?policy", inventoryPolicy)
	if err := s.inventory(t); err != nil || len(s.reports(t, "all")) > 0 {
		t.Fatalf("it is tried again too soon (%v)", err)
	}
	s.now.Add(int64(time.Hour))
	manifests := s.reported(t, "all", 1)
	if !regexp.MustCompile(`^inv/stock/all/2026-01-02T0[3-9]-04Z/manifest\.json$`).MatchString(manifests[0]) {
		t.Fatalf("manifests %v", manifests)
	}
	schema, rows := s.rows(t, manifests[0])
	if want := "Bucket Key VersionId IsLatest IsDeleteMarker Size ETag StorageClass IsMultipartUploaded EncryptionStatus ObjectLockLegalHoldStatus"; strings.Join(schema, " ") != want {
		t.Errorf("schema %v", schema)
	}
	var got []string
	for _, r := range rows {
		if len(r) != len(schema) || r[2] == "" {
			t.Fatalf("row %v", r)
		}
		got = append(got, strings.Join(append(r[1:2:2], append(r[3:6:6], r[7:]...)...), " "))
	}
	if want := []string{
		"a%20b/c%2Bd%22 true false 7 STANDARD_IA false SSE-S3 On", "a%20b/c%2Bd%22 false false 5 STANDARD false SSE-S3 Off",
		"gone true true     ", "gone false false 1 STANDARD false SSE-S3 Off",
	}; !slices.Equal(got, want) {
		t.Errorf("rows\n%s", strings.Join(got, "\n"))
	}
	if schema, rows := s.rows(t, s.reported(t, "now", 1)[0]); strings.Join(schema, " ") != "Bucket Key" || len(rows) != 1 || rows[0][1] != "a%20b/c%2Bd%22" {
		t.Errorf("current versions: %v %v", schema, rows)
	}

	for _, step := range []struct {
		after         time.Duration
		daily, weekly int
	}{{10 * time.Hour, 1, 1}, {24 * time.Hour, 2, 1}, {24 * time.Hour, 3, 2}, {24 * time.Hour, 4, 2}} { // Friday, Saturday, Sunday, Monday
		s.now.Add(int64(step.after))
		s.reported(t, "all", step.daily)
		s.reported(t, "now", step.weekly)
	}
	s.ok(t, "DELETE", "/stock?inventory&id=all", "")
	s.now.Add(int64(24 * time.Hour))
	if err := s.inventory(t); err != nil || len(s.reports(t, "all")) != 4 {
		t.Errorf("an inventory that is gone goes on (%v)", err)
	}
}

// TestLargeInventory: a bucket of many keys, and a key of many versions, are in the report once each, whatever the batches.
func TestLargeInventory(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/stock", "")
	s.ok(t, "PUT", "/reports", "")
	s.ok(t, "PUT", "/reports?policy", inventoryPolicy)
	s.ok(t, "PUT", "/stock?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	for i := range 80 {
		key := "/stock/many"
		if i%4 != 0 {
			key = "/stock/" + hex.EncodeToString([]byte{byte(i)})
		}
		s.ok(t, "PUT", key, "x")
	}
	var markers strings.Builder
	markers.WriteString("<Delete><Quiet>true</Quiet>")
	for i := range 1000 {
		markers.WriteString("<Object><Key>" + hex.EncodeToString([]byte{byte(i >> 8), byte(i)}) + "</Key></Object>")
	}
	markers.WriteString("</Delete>")
	sum := md5.Sum([]byte(markers.String()))
	s.ok(t, "POST", "/stock?delete", markers.String(), "Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
	s.ok(t, "PUT", "/stock?inventory&id=all", inventoryOf("all", "All", "Daily", ""))
	_, rows := s.rows(t, s.reported(t, "all", 1)[0])
	seen, latest := map[string]bool{}, 0
	for _, r := range rows {
		if seen[r[1]+" "+r[2]] {
			t.Errorf("%v is there twice", r)
		}
		seen[r[1]+" "+r[2]] = true
		if r[3] == "true" {
			latest++
		}
	}
	if len(rows) != 1080 || latest != 1061 {
		t.Errorf("%d rows, %d of them the latest of their keys", len(rows), latest)
	}
}

// TestSealedInventory: the reports are under the key that the inventory names, if the key's policy lets S3 use it for the bucket.
func TestSealedInventory(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/stock", "")
	s.ok(t, "PUT", "/stock/a", "x")
	s.ok(t, "PUT", "/reports", "")
	s.ok(t, "PUT", "/reports?policy", inventoryPolicy)
	key := s.key(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+shopAccount+`"},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"`+shopAccount+`"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:::stock"}}}]}`)
	s.ok(t, "PUT", "/stock?inventory&id=all", inventoryOf("all", "Current", "Daily", "<Encryption><SSE-KMS><KeyId>"+key+"</KeyId></SSE-KMS></Encryption>"))
	_, rows := s.rows(t, s.reported(t, "all", 1)[0])
	_, _, h := s.signed(t, "HEAD", "/reports/"+s.reports(t, "all")[0], "")
	if len(rows) != 1 || h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id") != key {
		t.Errorf("%d rows under %q", len(rows), h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"))
	}
}

// TestManifestComesLast: nobody finds a manifest some of whose report could not be put, and nothing is put after what could not be.
func TestManifestComesLast(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/stock", "")
	s.ok(t, "PUT", "/reports", "")
	for _, refused := range []string{"symlink.txt", "manifest.checksum"} {
		deny := `,{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::reports/*/` + refused + `"}]`
		s.ok(t, "PUT", "/reports?policy", strings.Replace(strings.Replace(inventoryPolicy, `"Statement":`, `"Statement":[`, 1), "}}}}", "}}}"+deny+"}", 1))
		s.ok(t, "PUT", "/stock?inventory&id="+refused, inventoryOf(refused, "All", "Daily", ""))
		_ = s.inventory(t) // or the server's own turn has been refused
		if list := s.ok(t, "GET", "/reports?list-type=2&prefix=inv/stock/"+refused+"/2", ""); strings.Contains(list, "<Key>") {
			t.Errorf("without its %s the report has %s", refused, list)
		}
	}
}

// TestInventoryTurns: of turns at the same time one makes the report.
func TestInventoryTurns(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/stock", "")
	s.ok(t, "PUT", "/stock/a", "x")
	s.ok(t, "PUT", "/reports", "")
	s.ok(t, "PUT", "/reports?policy", inventoryPolicy)
	s.ok(t, "PUT", "/stock?inventory&id=all", inventoryOf("all", "All", "Daily", ""))
	var turns sync.WaitGroup
	for range 8 {
		turns.Go(func() {
			if err := s.inventory(t); err != nil {
				t.Error(err)
			}
		})
	}
	turns.Wait()
	if data := strings.Count(s.ok(t, "GET", "/reports?list-type=2&prefix=inv/stock/all/data/", ""), "<Key>"); data != 1 {
		t.Errorf("%d files of data", data)
	}
}

// key makes a key with that policy.
func (s *shop) key(t *testing.T, policy string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"Policy": policy})
	if err != nil {
		t.Fatal(err)
	}
	r := s.request(t, "POST", "/", string(body), "Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "TrentService.CreateKey")
	signer := &sigv4.Signer{AccessKeyID: shopKey, Secret: sigv4.SecretKey(shopSecret), Region: "us-east-1", Service: "kms"}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Unix(0, s.now.Load())); err != nil {
		t.Fatal(err)
	}
	status, answer, _ := send(t, r)
	var out struct{ KeyMetadata struct{ Arn string } }
	if err := json.Unmarshal([]byte(answer), &out); err != nil || status != 200 {
		t.Fatalf("create a key: %d %s", status, answer)
	}
	return out.KeyMetadata.Arn
}

// TestInventoriesAreNotAtWill: whoever sets a configuration again, or deletes it before, does not have the bucket read again.
func TestInventoriesAreNotAtWill(t *testing.T) {
	s := openShop(t, "", newClock())
	defer s.close(t)
	s.ok(t, "PUT", "/stock", "")
	s.ok(t, "PUT", "/reports", "")
	s.ok(t, "PUT", "/reports?policy", inventoryPolicy)
	put := func() { s.ok(t, "PUT", "/stock?inventory&id=all", inventoryOf("all", "All", "Daily", "")) }
	put()
	s.reported(t, "all", 1)
	for range 3 {
		s.now.Add(int64(2 * time.Hour))
		put()
		s.reported(t, "all", 1)
		s.ok(t, "DELETE", "/stock?inventory&id=all", "")
		s.reported(t, "all", 1)
		put()
		s.reported(t, "all", 1)
	}
	s.ok(t, "DELETE", "/stock?inventory&id=all", "")
	s.ok(t, "DELETE", "/reports?policy", "")
	s.now.Add(int64(22 * time.Hour)) // the next day
	put()
	var refused error
	for range 5 { // the server's own turn may have come first; then it is tried in an hour
		if refused = s.inventory(t); refused != nil {
			break
		}
		s.now.Add(int64(time.Hour))
	}
	if refused == nil {
		t.Fatal("nothing is made on the next day")
	}
	s.ok(t, "PUT", "/reports?policy", inventoryPolicy)
	s.ok(t, "DELETE", "/stock?inventory&id=all", "")
	put()
	s.reported(t, "all", 1) // not at once
	s.now.Add(int64(time.Hour))
	s.reported(t, "all", 2)
}
