package logs

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"vauban/api/kms"
	api "vauban/api/logs"
	"vauban/service"
	"vauban/store"
)

// keys stands in KMS's place.
type keys struct{}

func (keys) Call(_ *service.Call, _ service.Identity, _, operation string, _ any) (any, error) {
	plain := bytes.Repeat([]byte{7}, 32)
	if operation == "Decrypt" {
		return &kms.DecryptOutput{Plaintext: plain}, nil
	}
	return &kms.GenerateDataKeyOutput{Plaintext: plain, CiphertextBlob: []byte("wrapped")}, nil
}

// TestJoinKeepsKeys: chunks are joined only under the key that the group has now, and those under another do not have the job look for ever.
func TestJoinKeepsKeys(t *testing.T) {
	r := newReplica(t)
	r.door = keys{}
	r.group(t, "g", "s")
	put := func() {
		t.Helper()
		for i := range joinAt + 6 {
			r.clock.pass(time.Millisecond)
			r.put(t, "g", "s", []api.InputLogEvent{event(r.clock.Now().UnixMilli(), fmt.Sprint("event ", i))})
		}
	}
	// under is how many chunks there are under the ring, and under a key; rest how many streams are to be looked at again.
	under := func() (ring, key, rest int) {
		t.Helper()
		r.clock.pass(2 * time.Minute)
		r.turn(t, "logs.join")
		err := r.Store.Read(t.Context(), func(tx store.Tx) error {
			ring, key = 0, 0
			for k, err := range chunks.Each(tx, nil) {
				if err != nil {
					return err
				}
				if k.Key == "" {
					ring++
				} else {
					key++
				}
			}
			list, err := ragged.List(tx, nil, nil, 0)
			rest = len(list.Items)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ring, key, rest
	}
	associate := func(id string) {
		t.Helper()
		call[api.AssociateKmsKeyOutput](t, r, "AssociateKmsKey", &api.AssociateKmsKeyInput{LogGroupName: new("g"), KmsKeyId: new("arn:aws:kms:us-east-1:" + home + ":key/" + id)})
	}
	put()
	associate("1")
	if ring, key, rest := under(); ring != joinAt+6 || key != 0 || rest != 0 {
		t.Errorf("events that came without a key: %d chunks under the ring, %d under a key, %d streams to be joined", ring, key, rest)
	}
	put()
	call[api.DisassociateKmsKeyOutput](t, r, "DisassociateKmsKey", &api.DisassociateKmsKeyInput{LogGroupName: new("g")})
	if ring, key, rest := under(); ring != 1 || key != joinAt+6 || rest != 0 {
		t.Errorf("events that came under a key that was taken away: %d chunks under the ring, %d under a key, %d streams to be joined", ring, key, rest)
	}
	put()
	if ring, key, rest := under(); ring != 2 || key != joinAt+6 || rest != 0 {
		t.Errorf("events that came after it: %d chunks under the ring, %d under a key, %d streams to be joined", ring, key, rest)
	}
	associate("1")
	put()
	if ring, key, rest := under(); ring != 2 || key != 2 || rest != 0 {
		t.Errorf("the key is back: %d chunks under the ring, %d under a key, %d streams to be joined", ring, key, rest)
	}
	associate("2")
	put()
	if ring, key, rest := under(); ring != 2 || key != 3 || rest != 0 {
		t.Errorf("another key: %d chunks under the ring, %d under a key, %d streams to be joined", ring, key, rest)
	}
	out := call[api.FilterLogEventsOutput](t, r, "FilterLogEvents", &api.FilterLogEventsInput{LogGroupName: new("g")})
	if len(out.Events) != 5*(joinAt+6) {
		t.Errorf("%d events are left", len(out.Events))
	}
}
