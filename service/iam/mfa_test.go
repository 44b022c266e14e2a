package iam

import (
	"bytes"
	"crypto/rand"
	"errors"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"

	"vauban/engine/otp"
	"vauban/store"
)

// plain seals nothing, but insists on the place that was sealed for.
type plain struct{}

func (plain) Seal(table string, key store.Key, b []byte) ([]byte, error) {
	return []byte(table + "|" + string(key) + "|" + string(b)), nil
}

func (plain) Open(table string, key store.Key, b []byte) ([]byte, error) {
	out, ok := bytes.CutPrefix(b, []byte(table+"|"+string(key)+"|"))
	if !ok {
		return nil, errors.New("sealed for another place")
	}
	return out, nil
}

func (plain) SealToken(string, []byte) (string, error) { return "", errors.New("no tokens here") }
func (plain) OpenToken(string, string) ([]byte, error) { return nil, errors.New("no tokens here") }

func device(t *testing.T, db store.DB, owner string) (d *MFADevice, seed []byte) {
	t.Helper()
	d = &MFADevice{Account: "111122223333", Path: "/", Name: "phone", Owner: owner}
	seed, err := newDevice(rand.Reader, plain{}, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx store.Tx) error { return mfaDevices.Insert(tx, d) }); err != nil {
		t.Fatal(err)
	}
	return d, seed
}

func TestVerifyMFA(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d, seed := device(t, db, "AIDAOWNER")
	verify := func(serial, code, owner string, at time.Time) error {
		return db.Write(t.Context(), func(tx store.Tx) error { return VerifyMFA(tx, plain{}, d.Account, serial, code, at, owner) })
	}
	code := otp.TOTP(seed, now)
	for _, test := range []struct {
		name, serial, code, owner string
		at                        time.Time
		ok                        bool
	}{
		{"another's", d.Serial(), code, "AIDAOTHER", now, false},
		{"nobody's", d.Serial(), code, "", now, false},
		{"another device", "arn:aws:iam::111122223333:mfa/watch", code, "AIDAOWNER", now, false},
		{"another spelling", strings.ToUpper(d.Serial()), code, "AIDAOWNER", now, false},
		{"no serial", "", code, "AIDAOWNER", now, false},
		{"wrong code", d.Serial(), otp.TOTP(seed, now.Add(time.Hour)), "AIDAOWNER", now, false},
		{"too late", d.Serial(), code, "AIDAOWNER", now.Add(2 * time.Minute), false},
		{"right", d.Serial(), code, "AIDAOWNER", now, true},
		{"again", d.Serial(), code, "AIDAOWNER", now, false},
		{"one before", d.Serial(), otp.TOTP(seed, now.Add(-otp.Step)), "AIDAOWNER", now, false},
		{"the next", d.Serial(), otp.TOTP(seed, now.Add(otp.Step)), "AIDAOWNER", now, true},
	} {
		err := verify(test.serial, test.code, test.owner, test.at)
		if test.ok != (err == nil) || !test.ok && !errors.Is(err, ErrMFA) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestACodeAtOnce: one of many simultaneous uses of a code succeeds.
func TestACodeAtOnce(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d, seed := device(t, db, "AIDAOWNER")
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := db.Write(t.Context(), func(tx store.Tx) error {
				return VerifyMFA(tx, plain{}, d.Account, d.Serial(), otp.TOTP(seed, now), now, "AIDAOWNER")
			})
			if err == nil {
				taken.Add(1)
			} else if !errors.Is(err, ErrMFA) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n != 1 {
		t.Errorf("the code was taken %d times", n)
	}
}

func TestDriftIsLearned(t *testing.T) {
	d := &MFADevice{Account: "111122223333", Path: "/", Name: "phone"}
	seed, err := newDevice(rand.Reader, plain{}, d)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ahead := now.Add(15 * otp.Step)
	if err := d.synchronise(plain{}, otp.TOTP(seed, ahead.Add(-otp.Step)), otp.TOTP(seed, ahead), now, enableWindow); err == nil {
		t.Error("a device that is seven minutes ahead is enabled")
	}
	if err := d.synchronise(plain{}, otp.TOTP(seed, ahead.Add(-otp.Step)), otp.TOTP(seed, ahead), now, resyncWindow); err != nil {
		t.Fatal(err)
	}
	if d.Drift != 15 || d.Last != otp.StepAt(ahead) {
		t.Errorf("drift %d, last %d", d.Drift, d.Last)
	}
	db := memory(t)
	err = db.Write(t.Context(), func(tx store.Tx) error {
		if err := mfaDevices.Insert(tx, d); err != nil {
			return err
		}
		later := now.Add(otp.Step)
		return d.take(tx, plain{}, otp.TOTP(seed, later.Add(15*otp.Step)), later)
	})
	if err != nil {
		t.Errorf("the next code of the device that is ahead: %v", err)
	}
}

func TestQRCode(t *testing.T) {
	const text = "otpauth://totp/Vauban:dana%40acme?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Vauban"
	b, err := qrCode(text)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	modules := want.Bounds().Dx()
	if size := img.Bounds().Dx(); size != (modules+8)*4 || size != img.Bounds().Dy() {
		t.Fatalf("%d pixels for %d modules", size, modules)
	}
	dark := func(c color.Color) bool { r, _, _, _ := c.RGBA(); return r < 0x8000 }
	for x := range modules + 8 {
		for y := range modules + 8 {
			inside := x >= 4 && y >= 4 && x < modules+4 && y < modules+4
			wanted := inside && dark(want.At(x-4, y-4))
			if got := dark(img.At(x*4+2, y*4+2)); got != wanted {
				t.Fatalf("module %d,%d is dark: %v", x-4, y-4, got)
			}
		}
	}
}
