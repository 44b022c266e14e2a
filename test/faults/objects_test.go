package faults

import (
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

const objectBucket = "objects-under-fire"

// content is what an object of the name holds: so that a reader knows it whole.
func content(name string, most int) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	rnd := rand.New(rand.NewPCG(h.Sum64(), 1))
	b := make([]byte, rnd.IntN(most))
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return string(b)
}

const (
	mostObject = 300 << 10
	partSize   = 5 << 20
)

// partsOf is the content of an object that is put in two parts.
func partsOf(name string) [2]string {
	return [2]string{strings.Repeat(name+".", partSize/(len(name)+1)+1)[:partSize], content(name, mostObject)}
}

// putInParts is an upload in two parts. Its status is that of the completion, or of the first step that failed.
func (r *replica) putInParts(name string) (int, error) {
	path := "/" + objectBucket + "/" + name
	status, b, err := r.tryObject(http.MethodPost, path, "uploads=", "")
	if err != nil || status != http.StatusOK {
		return status, err
	}
	var begun struct{ UploadId string }
	if err := xml.Unmarshal(b, &begun); err != nil {
		return status, err
	}
	list := "<CompleteMultipartUpload>"
	for i, part := range partsOf(name) {
		status, _, err := r.tryObject(http.MethodPut, path, fmt.Sprintf("partNumber=%d&uploadId=%s", i+1, url.QueryEscape(begun.UploadId)), part)
		if err != nil || status != http.StatusOK {
			return status, err
		}
		list += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, etagOf(part))
	}
	status, _, err = r.tryObject(http.MethodPost, path, "uploadId="+url.QueryEscape(begun.UploadId), list+"</CompleteMultipartUpload>")
	return status, err
}

// etagOf is the entity tag of a part.
func etagOf(part string) string { return fmt.Sprintf("%x", md5.Sum([]byte(part))) }

// names are the keys in the bucket.
func (r *replica) names() (keys []string) {
	r.t.Helper()
	for after := ""; ; {
		var list struct {
			Contents    []struct{ Key string }
			IsTruncated bool
		}
		if err := xml.Unmarshal(r.mustObject(http.MethodGet, "/"+objectBucket, "list-type=2&start-after="+url.QueryEscape(after), ""), &list); err != nil {
			r.t.Fatal(err)
		}
		for _, o := range list.Contents {
			keys = append(keys, o.Key)
			after = o.Key
		}
		if !list.IsTruncated {
			return keys
		}
	}
}

// checkObjects reads every object that is listed: it is whole, and of those that were acknowledged none is missing.
func (r *replica) checkObjects(acknowledged *sync.Map) {
	r.t.Helper()
	there := map[string]bool{}
	for _, name := range r.names() {
		there[name] = true
		want := content(name, mostObject)
		if strings.HasPrefix(name, "parts") {
			want = strings.Join(slice(partsOf(name)), "")
		}
		if status, b := r.object(http.MethodGet, "/"+objectBucket+"/"+name, "", ""); status != http.StatusOK || string(b) != want {
			r.t.Errorf("%s: status %d, %d bytes where %d were put", name, status, len(b), len(want))
		}
	}
	acknowledged.Range(func(name, _ any) bool {
		if !there[name.(string)] {
			r.t.Errorf("%s was acknowledged, and is lost", name)
		}
		return true
	})
	r.t.Logf("%d objects are whole", len(there))
}

func slice(a [2]string) []string { return a[:] }

// TestObjectsSurviveKills kills the server in the midst of uploads, whole ones and ones in parts.
func TestObjectsSurviveKills(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r := start(t, data)
	r.mustObject(http.MethodPut, "/"+objectBucket, "", "")
	var acknowledged sync.Map
	for round := range 3 {
		var count atomic.Int64
		var busy sync.WaitGroup
		for w := range 6 {
			busy.Go(func() {
				for i := 0; ; i++ {
					name := fmt.Sprintf("whole-%d-%d-%d", round, w, i)
					put := func() (int, error) {
						status, _, err := r.tryObject(http.MethodPut, "/"+objectBucket+"/"+name, "", content(name, mostObject))
						return status, err
					}
					if w == 0 {
						name = "parts" + name
						put = func() (int, error) { return r.putInParts(name) }
					}
					status, err := put()
					if err != nil {
						return // killed
					}
					if status != http.StatusOK {
						t.Errorf("%s: status %d", name, status)
						return
					}
					acknowledged.Store(name, true)
					count.Add(1)
				}
			})
		}
		eventually(t, "objects are acknowledged", func() bool { return count.Load() > 60 })
		r.kill()
		busy.Wait()
		r = start(t, data)
		r.checkObjects(&acknowledged)
	}
}

// TestObjectsOnAFullDisk fills the file system that holds the objects' bytes. Uploads are refused, and what is there stays readable.
func TestObjectsOnAFullDisk(t *testing.T) {
	t.Parallel()
	blobs := t.TempDir()
	if err := syscall.Mount("tmpfs", blobs, "tmpfs", 0, "size=8m,mode=700"); err != nil {
		t.Skipf("SKIP: mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(blobs, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	r := start(t, t.TempDir(), "--blobs", blobs)
	r.mustObject(http.MethodPut, "/"+objectBucket, "", "")
	var acknowledged sync.Map
	put := func(i int) bool {
		name := fmt.Sprintf("object-%03d", i)
		status, b := r.object(http.MethodPut, "/"+objectBucket+"/"+name, "", content(name, mostObject))
		if status == http.StatusOK {
			acknowledged.Store(name, true)
			return true
		}
		if status != http.StatusServiceUnavailable || !strings.Contains(string(b), "<Code>SlowDown</Code>") {
			t.Fatalf("an upload to a full disk: %d %s", status, b)
		}
		return false
	}
	n, refused := 0, 0
	for ; n < 1000 && refused < 5; n++ {
		if !put(n) {
			refused++
		}
	}
	if refused < 5 {
		t.Fatal("the disk does not fill")
	}
	r.checkObjects(&acknowledged)
	if err := syscall.Mount("", blobs, "", syscall.MS_REMOUNT, "size=32m,mode=700"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "uploads are taken again", func() bool { n++; return put(n) })
	r.checkObjects(&acknowledged)
}
