package kms_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vauban/test/keyproxy"
)

// TestKeyStoreEnds: when its keys are deleted their external keys are free, and the key store can go.
func TestKeyStoreEnds(t *testing.T) {
	h := newHouse(t)
	id := h.connected()
	key := h.key(id, "hsm-1")
	h.ok("ScheduleKeyDeletion", values{"KeyId": key, "PendingWindowInDays": 7})
	h.pass(7*24*time.Hour + time.Minute)
	h.turn("kms.appointments")
	h.no("NotFoundException", key, "DescribeKey", values{"KeyId": key})
	next := h.key(id, "hsm-1")
	h.ok("ScheduleKeyDeletion", values{"KeyId": next, "PendingWindowInDays": 7})
	h.ok("DisconnectCustomKeyStore", values{"CustomKeyStoreId": id})
	h.no("CustomKeyStoreHasCMKsException", id, "DeleteCustomKeyStore", values{"CustomKeyStoreId": id})
	h.pass(7*24*time.Hour + time.Minute)
	h.turn("kms.appointments")
	h.ok("DeleteCustomKeyStore", values{"CustomKeyStoreId": id})
}

// TestKeyStoresAreWatched: each turn asks the proxies of connected key stores, and CloudWatch has what they say.
func TestKeyStoresAreWatched(t *testing.T) {
	h := newHouse(t)
	id := h.connected()
	metrics := func() string {
		h.turn("cloudwatch.fresh")
		form := url.Values{"Action": {"ListMetrics"}, "Version": {"2010-08-01"}, "Namespace": {"AWS/KMS"}}
		w := h.send("monitoring", http.MethodPost, "/", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(form.Encode()))
		return w.Body.String()
	}
	h.proxy.Fail(keyproxy.Unavailable)
	h.turn("kms.keystores")
	if got := metrics(); !strings.Contains(got, "XksExternalKeyManagerStates") || !strings.Contains(got, "Unavailable") || !strings.Contains(got, id) || !strings.Contains(got, "Retryable errors") {
		t.Errorf("metrics: %s", got)
	}
	h.proxy.Fail("InternalException")
	h.turn("kms.keystores")
	if got := metrics(); !strings.Contains(got, "InternalException") || !strings.Contains(got, "KmsHealthCheck") {
		t.Errorf("metrics: %s", got)
	}
	if got := h.state(id); got != "CONNECTED" {
		t.Errorf("a proxy that fails is disconnected: %s", got)
	}
	h.ok("DisconnectCustomKeyStore", values{"CustomKeyStoreId": id})
	h.proxy.Asked()
	h.turn("kms.keystores")
	if asked := h.proxy.Asked(); len(asked) != 0 {
		t.Errorf("a disconnected proxy is asked %+v", asked)
	}
}
