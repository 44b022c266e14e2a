package faults

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/gateway/sigv4"
)

// lambda is a call of Lambda by the administrator. answer takes a JSON answer, if there is a place for it.
func (r *replica) lambda(method, path, body string, answer any) (*http.Response, error) {
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	who := r.admin
	who.Service = "lambda"
	if err := who.Sign(req, sigv4.PayloadHash([]byte(body)), time.Now()); err != nil {
		return nil, err
	}
	res, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if text, ok := answer.(*string); ok {
		*text = string(b)
		return res, nil
	}
	if answer != nil && res.StatusCode/100 == 2 {
		err = json.Unmarshal(b, answer)
	}
	return res, err
}

// invoke runs a function. failed is whether Lambda says that the function did.
func (r *replica) invoke(name, event string) (answer string, failed bool, err error) {
	res, err := r.lambda(http.MethodPost, "/2015-03-31/functions/"+name+"/invocations", event, &answer)
	if err != nil {
		return "", false, err
	}
	if res.StatusCode != http.StatusOK {
		return "", false, fmt.Errorf("%s: %s", res.Status, answer)
	}
	return answer, res.Header.Get("X-Amz-Function-Error") != "", nil
}

// createFunction makes a function of Python code.
func (r *replica) createFunction(name, code string, settings map[string]any) {
	r.t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	w, err := z.Create("app.py")
	if err == nil {
		_, err = io.WriteString(w, code)
	}
	if err != nil || z.Close() != nil {
		r.t.Fatal(err)
	}
	in := map[string]any{
		"FunctionName": name, "Runtime": r.python(), "Handler": "app.handler", "Role": "arn:aws:iam::" + account + ":role/functions",
		"Timeout": 50, "MemorySize": 512, "Code": map[string]any{"ZipFile": base64.StdEncoding.EncodeToString(packed.Bytes())},
	}
	for k, v := range settings {
		in[k] = v
	}
	b, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	var answer string
	if res, err := r.lambda(http.MethodPost, "/2015-03-31/functions", string(b), &answer); err != nil || res.StatusCode != http.StatusCreated {
		r.t.Fatalf("create %s: %v %s", name, err, answer)
	}
}

// python is the first Python that this host has.
func (r *replica) python() string {
	for _, minor := range []string{"11", "12", "13", "10", "9"} {
		if _, err := exec.LookPath("python3." + minor); err == nil {
			return "python3." + minor
		}
	}
	r.t.Skip("SKIP: this host has no Python")
	return ""
}

// startFunctions starts a server with an execution role.
func startFunctions(t *testing.T) *replica {
	t.Helper()
	if _, err := exec.LookPath("bwrap"); err != nil {
		t.Skip("SKIP: bubblewrap is not installed: apt-get install bubblewrap")
	}
	r := start(t, t.TempDir())
	r.must(r.admin, "iam", "CreateRole", "RoleName", "functions", "AssumeRolePolicyDocument",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	r.must(r.admin, "iam", "PutRolePolicy", "RoleName", "functions", "PolicyName", "logs", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`)
	return r
}

const goodCode = "def handler(event, context):\n    return event['n'] * 2\n"

// attacks are functions that harm, and what the caller must be told.
var attacks = []struct {
	name, code, want string
	failed           bool
	settings         map[string]any
}{
	{"bomb", "import os, time\ndef handler(e, c):\n    while True:\n        if os.fork() == 0:\n            os.fork()\n            time.sleep(1000)\n        time.sleep(0.002)\n", "Task timed out after 1.00 seconds", true, map[string]any{"Timeout": 1}},
	{"spinner", "def handler(e, c):\n    while True:\n        pass\n", "Task timed out after 1.00 seconds", true, map[string]any{"Timeout": 1}},
	{"glutton", "def handler(e, c):\n    held = []\n    while True:\n        held.append(b'x' * (1 << 20))\n", "signal: killed", true, map[string]any{"MemorySize": 128}},
	{"hoarder", "def handler(e, c):\n    with open('/tmp/x', 'wb', buffering=0) as f:\n        while True:\n            f.write(b'x' * (1 << 20))\n", "No space left on device", true, nil},
	{"chatterer", "def handler(e, c):\n    while True:\n        print('x' * 1000000)\n", "Task timed out after 1.00 seconds", true, map[string]any{"Timeout": 1}},
	{"windbag", "def handler(e, c):\n    return 'x' * (7 << 20)\n", "exceeded maximum allowed payload size", true, nil},
	{"leaver", "import os\ndef handler(e, c):\n    os._exit(1)\n", "exit status 1", true, nil},
	{"spy", "import os\ndef handler(e, c):\n    return [p for p in e if os.path.exists(p)]\n", "[]", false, nil},
	{"runaway", "import socket\ndef handler(e, c):\n    out = []\n    for a in ('169.254.169.254', '127.0.0.1'):\n        try:\n            socket.create_connection((a, 80), 2)\n        except OSError as x:\n            out.append(x.errno)\n    return out\n", "[101, 111]", false, nil},
}

// TestHostileFunctions: functions that fork, fill, spin, spy and babble, all at once, are told what became of them; a good one goes on answering, the
// server stays ready, and nothing of them is left.
func TestHostileFunctions(t *testing.T) {
	t.Parallel()
	r := startFunctions(t)
	r.createFunction("good", goodCode, nil)
	for _, a := range attacks {
		r.createFunction(a.name, a.code, a.settings)
	}
	var good atomic.Int64
	var running, attacking sync.WaitGroup
	stop := make(chan struct{})
	running.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if answer, failed, err := r.invoke("good", fmt.Sprintf(`{"n":%d}`, n)); err != nil || failed || answer != strconv.Itoa(2*n) {
				t.Errorf("the good function: %v %t %s", err, failed, answer)
				return
			}
			good.Add(1)
		}
	})
	host, err := json.Marshal([]string{r.data, "/etc/shadow", "/root/.ssh", "/run/docker.sock", "/var/run/docker.sock", "/home", "/sys/fs", "/dev/mem", filepath.Dir(r.log)})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attacks {
		attacking.Go(func() {
			answer, failed, err := r.invoke(a.name, string(host))
			if err != nil || failed != a.failed || !strings.Contains(answer, a.want) {
				t.Errorf("%s: %v, failed %t: %.300s", a.name, err, failed, answer)
			}
		})
	}
	attacking.Wait()
	close(stop)
	running.Wait()
	if good.Load() == 0 {
		t.Error("the good function was never heard")
	}
	if status, why := r.ready(); status != http.StatusOK {
		t.Errorf("the server is not ready: %d %s", status, why)
	}
	for _, a := range attacks { // who failed left nothing that runs
		if a.failed {
			if res, err := r.lambda(http.MethodDelete, "/2015-03-31/functions/"+a.name, "", nil); err != nil || res.StatusCode/100 != 2 {
				t.Errorf("delete %s: %v %v", a.name, err, res)
			}
		}
	}
	eventually(t, "nothing but what good functions need runs", func() bool { return len(descendants(r.cmd.Process.Pid)) <= 3*3 })
}

// TestServerKilledWithFunctions: when the server is killed, so is all code; the next one runs the functions again.
func TestServerKilledWithFunctions(t *testing.T) {
	t.Parallel()
	r := startFunctions(t)
	r.createFunction("good", goodCode, nil)
	r.createFunction("sleeper", "import os, time\ndef handler(e, c):\n    os.fork()\n    time.sleep(1000)\n", nil)
	if answer, _, err := r.invoke("good", `{"n":1}`); err != nil || answer != "2" {
		t.Fatalf("%v %s", err, answer)
	}
	cut := make(chan error, 1)
	go func() {
		_, _, err := r.invoke("sleeper", `{}`)
		cut <- err
	}()
	var all []int
	eventually(t, "both functions run, and one has forked", func() bool {
		all = descendants(r.cmd.Process.Pid)
		return len(all) >= 3+4
	})
	r.kill()
	if err := <-cut; err == nil {
		t.Error("the invocation under way was answered by a server that was killed")
	}
	eventually(t, "all code has ended with the server", func() bool {
		for _, pid := range all {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
				return false
			}
		}
		return true
	})
	again := start(t, r.data)
	if answer, _, err := again.invoke("good", `{"n":21}`); err != nil || answer != "42" {
		t.Errorf("%v %s", err, answer)
	}
}

// TestFunctionsNetwork: a function that asks for the network reaches the API under its own address, trusts it, and reaches nothing else of the host.
func TestFunctionsNetwork(t *testing.T) {
	t.Parallel()
	r := startFunctions(t)
	other := start(t, t.TempDir())
	r.createFunction("caller", `
import os, ssl, socket, urllib.request
def handler(event, context):
    trust = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    found = [urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/healthz", context=trust, timeout=10).status]
    host, port = event.split(":")
    try:
        socket.create_connection((host, int(port)), 5)
        found.append("connected")
    except OSError as e:
        found.append(e.errno)
    return found
`, map[string]any{"Environment": map[string]any{"Variables": map[string]string{"VAUBAN_NETWORK": "api"}}})
	address, err := url.Parse(other.url)
	if err != nil {
		t.Fatal(err)
	}
	if answer, failed, err := r.invoke("caller", strconv.Quote(address.Host)); err != nil || failed || answer != "[200, 111]" {
		t.Errorf("%v %t %s", err, failed, answer)
	}
}

// descendants are the processes that a process started, and those that they did.
func descendants(pid int) []int {
	var out []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range tasks {
		b, _ := os.ReadFile(file)
		for field := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(field); err == nil {
				out = append(append(out, n), descendants(n)...)
			}
		}
	}
	return out
}
