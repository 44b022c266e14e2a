package keyproxy

import (
	"net/http"
	"strings"
	"sync"
)

// Fault is how a proxy fails. "" means not at all; a name of an exception of the protocol, such as ThrottlingException, is answered to every call.
type Fault string

// The faults.
const (
	Hang        Fault = "hang"        // no answer, until who asked is gone
	Garbage     Fault = "garbage"     // no JSON
	Shape       Fault = "shape"       // JSON of another shape
	Endless     Fault = "endless"     // more bytes than an answer may have
	Redirect    Fault = "redirect"    // elsewhere
	Flipped     Fault = "flipped"     // a bit of the ciphertext changes behind the integrity value
	Unvouched   Fault = "unvouched"   // no integrity value
	Short       Fault = "short"       // a ciphertext that is shorter than the plaintext
	LongTag     Fault = "long tag"    // a tag of another size
	Talkative   Fault = "talkative"   // more metadata than is allowed
	Degraded    Fault = "degraded"    // one of the key managers is unavailable
	Unavailable Fault = "unavailable" // all are
	NoFleet     Fault = "no fleet"    // a health status without key managers
	Limping     Fault = "bad status"  // a health status that is none
)

var statuses = map[Fault]int{
	"ValidationException": 400, "InvalidStateException": 400, "InvalidCiphertextException": 400, "InvalidKeyUsageException": 400, "AuthenticationFailedException": 401,
	"AccessDeniedException": 403, "KeyNotFoundException": 404, "InvalidUriPathException": 404, "ThrottlingException": 429, "UnsupportedOperationException": 501,
	"DependencyTimeoutException": 503, "InternalException": 500, "UnheardOfException": 418,
}

// Fail lets the proxy fail from now on.
func (p *Proxy) Fail(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Held is the next call, which waits.
type Held struct {
	Arrived <-chan struct{} // closed when it has come
	Release func()          // lets it go on
}

// Hold lets the next call, other than of health, wait until it is released.
func (p *Proxy) Hold() Held {
	arrived, release := make(chan struct{}), make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = func() {
		close(arrived)
		<-release
	}
	return Held{arrived, sync.OnceFunc(func() { close(release) })}
}

// wait waits where the call is one that is held.
func (p *Proxy) wait(r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/health") { // which is asked at any time
		return
	}
	p.mu.Lock()
	hold := p.hold
	p.hold = nil
	p.mu.Unlock()
	if hold != nil {
		hold()
	}
}

// fail answers where the fault is one of every call.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request) bool {
	p.mu.Lock()
	fault := p.fault
	p.mu.Unlock()
	status, named := statuses[fault]
	switch {
	case named:
		refuse(w, status, string(fault))
	case fault == Hang:
		<-r.Context().Done()
	case fault == Garbage:
		_, _ = w.Write([]byte("<html>It works!</html>"))
	case fault == Shape:
		_, _ = w.Write([]byte(`{"ciphertext":[1],"plaintext":{},"keySpec":7,"xksProxyFleetSize":"two"}`))
	case fault == Endless:
		_, _ = w.Write(make([]byte, 1<<20))
	case fault == Redirect:
		http.Redirect(w, r, "https://elsewhere.example.com/", http.StatusTemporaryRedirect)
	default:
		return false
	}
	return true
}

// bend changes the answer to Encrypt.
func (f Fault) bend(out map[string]any, ciphertext []byte) {
	switch f {
	case Flipped:
		ciphertext[0] ^= 1
	case Unvouched:
		delete(out, "ciphertextDataIntegrityValue")
	case Short:
		out["ciphertext"] = ciphertext[1:]
	case LongTag:
		out["authenticationTag"] = make([]byte, 17)
	case Talkative:
		out["ciphertextMetadata"] = make([]byte, 21)
	}
}

func health(f Fault) map[string]any {
	first, second := "ACTIVE", "ACTIVE"
	switch f {
	case Degraded:
		first, second = "DEGRADED", "UNAVAILABLE"
	case Unavailable:
		first, second = "UNAVAILABLE", "UNAVAILABLE"
	case Limping:
		first = "SO SO"
	}
	fleet := []map[string]string{{"id": "m-1", "model": "Memory 1.0", "healthStatus": first}, {"id": "m-2", "model": "Memory 1.0", "healthStatus": second}}
	if f == NoFleet {
		fleet = nil
	}
	return map[string]any{"xksProxyFleetSize": 1, "xksProxyVendor": "Vauban", "xksProxyModel": "keyproxy 1", "ekmVendor": "Vauban", "ekmFleetDetails": fleet}
}
