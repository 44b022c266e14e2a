//go:build linux && (amd64 || arm64)

package bwrap

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/sandbox"
)

// answers runs code once, and returns its payload, or its error's.
func answers(t *testing.T, runtime, handler, event string, files map[string]string) (string, *journal) {
	t.Helper()
	var log journal
	in := start(t, sharedHost(t), &sandbox.Spec{Runtime: runtime, Handler: handler, Log: log.add, Code: code(t, files)})
	r, err := in.Invoke(t.Context(), invocation(event))
	if err != nil {
		t.Fatal(err)
	}
	if r.Error != nil {
		return string(r.Error.Payload), &log
	}
	return string(r.Payload), &log
}

func TestHandlers(t *testing.T) {
	h := sharedHost(t)
	python, node := firstRuntime(t, h, "python"), firstRuntime(t, h, "nodejs")
	for _, c := range []struct {
		name, runtime, handler, event, want string
		files                               map[string]string
	}{
		{"python in a directory", python, "a/b.main.handle", `1`, `2`, map[string]string{"a/b/main.py": "def handle(e, c):\n    return e + 1\n"}},
		{"python raises", python, "app.handler", `{}`, `{"errorMessage": "boom", "errorType": "KeyErrorOfMine", "requestId": "8476a536-e9f4-11e8-9739-2dfe598c3fcd", "stackTrace": ["  File \"/var/task/app.py\", line 4, in handler\n    raise KeyErrorOfMine(\"boom\")\n"]}`,
			map[string]string{"app.py": "class KeyErrorOfMine(Exception):\n    pass\ndef handler(e, c):\n    raise KeyErrorOfMine(\"boom\")\n"}},
		{"python cannot be told", python, "app.handler", `{}`, `Unable to marshal response: Object of type set is not JSON serializable`, map[string]string{"app.py": "def handler(e, c):\n    return {1}\n"}},
		{"python with non-ASCII", python, "app.handler", `"é"`, `"é€"`, map[string]string{"app.py": "def handler(e, c):\n    return e + '€'\n"}},
		{"python decimal", python, "app.handler", `1`, `1.5`, map[string]string{"app.py": "from decimal import Decimal\ndef handler(e, c):\n    return Decimal('1.5')\n"}},
		{"python starts programs", python, "app.handler", `1`, `"Linux"`, map[string]string{"app.py": "import subprocess\ndef handler(e, c):\n    return subprocess.check_output(['uname'], text=True).strip()\n"}},
		{"python with threads", python, "app.handler", `1`, `[0, 1, 4, 9]`, map[string]string{"app.py": "from concurrent.futures import ThreadPoolExecutor\ndef handler(e, c):\n    with ThreadPoolExecutor(4) as p:\n        return list(p.map(lambda x: x * x, range(4)))\n"}},
		{"python knows what Lambda tells", python, "app.handler", `1`, `["app.handler", "/var/task", "/var/runtime", "127.0.0.1:9001", "AWS_Lambda_` + python + `"]`,
			map[string]string{"app.py": "import os\ndef handler(e, c):\n    return [os.environ[k] for k in ('_HANDLER', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR', 'AWS_LAMBDA_RUNTIME_API', 'AWS_EXECUTION_ENV')]\n"}},
		{"node async", node, "index.handler", `{"n":2}`, `{"twice":4,"id":"8476a536-e9f4-11e8-9739-2dfe598c3fcd"}`, map[string]string{"index.js": "exports.handler = async (e, c) => ({ twice: e.n * 2, id: c.awsRequestId });"}},
		{"node module", node, "index.handler", `{}`, `"module"`, map[string]string{"index.mjs": "export const handler = async () => 'module';"}},
		{"node module by package", node, "src/index.handler", `{}`, `"typed"`, map[string]string{"src/index.js": "export const handler = async () => 'typed';", "package.json": `{"type":"module"}`}},
		{"node member", node, "index.api.handler", `{}`, `"member"`, map[string]string{"index.js": "exports.api = { handler: async () => 'member' };"}},
		{"node callback", node, "index.handler", `{}`, `"called"`, map[string]string{"index.js": "exports.handler = (e, c, done) => { setTimeout(() => done(null, 'called'), 1); };"}},
		{"node callback and a timer that never ends", node, "index.handler", `{}`, `"at once"`, map[string]string{"index.js": "exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); done(null, 'at once'); };"}},
		{"node callback with error", node, "index.handler", `{}`, `"errorType":"RangeError","errorMessage":"no"`, map[string]string{"index.js": "exports.handler = (e, c, done) => done(new RangeError('no'));"}},
		{"node throws", node, "index.handler", `{}`, `"errorType":"TypeError","errorMessage":"bad","trace":["TypeError: bad"`, map[string]string{"index.js": "exports.handler = async () => { throw new TypeError('bad'); };"}},
		{"node rejects with a string", node, "index.handler", `{}`, `{"errorType":"string","errorMessage":"text","trace":[]}`, map[string]string{"index.js": "exports.handler = () => Promise.reject('text');"}},
		{"node answers nothing", node, "index.handler", `{}`, `null`, map[string]string{"index.js": "exports.handler = () => {};"}},
		{"node never settles", node, "index.handler", `{}`, `null`, map[string]string{"index.js": "exports.handler = () => new Promise(() => {});"}},
		{"node cannot be told", node, "index.handler", `{}`, `Unable to stringify response body as json`, map[string]string{"index.js": "exports.handler = async () => 1n;"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, log := answers(t, c.runtime, c.handler, c.event, c.files)
			if !sameJSON(got, c.want) && !strings.Contains(got, c.want) {
				t.Errorf("%s\nwant %s\nlog: %s", got, c.want, log)
			}
		})
	}
}

// TestInitialisation: code that does not come up says why, in AWS's types.
func TestInitialisation(t *testing.T) {
	h := sharedHost(t)
	python, node := firstRuntime(t, h, "python"), firstRuntime(t, h, "nodejs")
	for _, c := range []struct {
		name, runtime, handler, kind, message string
		files                                 map[string]string
	}{
		{"no module", python, "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'app'", map[string]string{"x.py": ""}},
		{"no handler", python, "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'", map[string]string{"app.py": ""}},
		{"bad syntax", python, "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'", map[string]string{"app.py": "def"}},
		{"bad name", python, "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'", map[string]string{"app.py": ""}},
		{"raises", python, "app.handler", "ZeroDivisionError", "division by zero", map[string]string{"app.py": "1/0"}},
		{"exits", python, "app.handler", "Runtime.ExitError", "Runtime exited with error: exit status 7", map[string]string{"app.py": "import os\nos._exit(7)"}},
		{"takes too long", python, "app.handler", "Sandbox.Timedout", "Task timed out after 1.00 seconds", map[string]string{"app.py": "import time\ntime.sleep(1000)"}},
		{"no module in node", node, "index.handler", "Runtime.ImportModuleError", "Cannot find module 'index'", map[string]string{"x.js": ""}},
		{"no handler in node", node, "index.handler", "Runtime.HandlerNotFound", "index.handler is undefined or not exported", map[string]string{"index.js": ""}},
		{"bad syntax in node", node, "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError", map[string]string{"index.js": "function ("}},
		{"bad name in node", node, "index", "Runtime.MalformedHandlerName", "Bad handler", map[string]string{"index.js": ""}},
		{"throws in node", node, "index.handler", "RangeError", "early", map[string]string{"index.mjs": "throw new RangeError('early');"}},
		{"no bootstrap", "provided.al2023", "x", "Runtime.InvalidEntrypoint", "no such file or directory", map[string]string{"x": ""}},
		{"bootstrap that is no program", "provided.al2023", "x", "Runtime.InvalidEntrypoint", "permission denied", map[string]string{"bootstrap": "hello"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if c.kind == "Sandbox.Timedout" {
				limit = time.Second
			}
			in, err := h.Start(t.Context(), &sandbox.Spec{Runtime: c.runtime, Handler: c.handler, Memory: 512 * mb, Init: limit, Code: code(t, c.files)})
			failed := new(sandbox.InitError)
			if !errors.As(err, &failed) {
				t.Fatalf("%v %v", in, err)
			}
			var told struct{ ErrorMessage, ErrorType string }
			if err := json.Unmarshal(failed.Payload, &told); err != nil {
				t.Fatal(err)
			}
			if failed.Type != c.kind || told.ErrorType != c.kind || !strings.Contains(told.ErrorMessage, c.message) {
				t.Errorf("%s: %s, want %s: %s", failed.Type, failed.Payload, c.kind, c.message)
			}
		})
	}
}

// TestProvided runs a static binary, as provided.al2023 does: this test, which speaks the Runtime API itself.
func TestProvided(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(dir, "main.go")
	err := place(source, []byte(`package main

import ("bytes"; "io"; "net/http"; "os"; "fmt")

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		r, err := http.Get(api + "next")
		if err != nil { panic(err) }
		event, _ := io.ReadAll(r.Body)
		fmt.Println("event", string(event))
		id := r.Header.Get("Lambda-Runtime-Aws-Request-Id")
		http.Post(api+id+"/response", "application/json", bytes.NewReader(append([]byte(os.Getenv("_HANDLER")+" "), event...)))
	}
}
`))
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bootstrap"), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var log journal
	in := start(t, sharedHost(t), &sandbox.Spec{Runtime: "provided.al2023", Handler: "mine", Code: dir, Log: log.add})
	for range 2 {
		r, err := in.Invoke(t.Context(), invocation(`{"a":1}`))
		if err != nil || string(r.Payload) != `mine {"a":1}` {
			t.Fatalf("%v %+v", err, r)
		}
	}
	if got := log.String(); got != "event {\"a\":1}\nevent {\"a\":1}" {
		t.Errorf("log %q", got)
	}
}

// TestLayers: later layers win, directories are united, and a link in a layer leads nowhere but inside.
func TestLayers(t *testing.T) {
	h := sharedHost(t)
	first := code(t, map[string]string{"python/one.py": "name = 'one'", "python/both.py": "name = 'first'", "data/deep/a": "a", "file": "first", "only/x": "x"})
	second := code(t, map[string]string{"python/two.py": "name = 'two'", "python/both.py": "name = 'second'", "data/deep/b": "b", "file/now": "a directory"})
	for link, target := range map[string]string{"data/shadow": "/etc/shadow", "only": "/etc", "relative": "data/deep/b"} {
		if err := os.Symlink(target, filepath.Join(second, link)); err != nil {
			t.Fatal(err)
		}
	}
	in := start(t, h, &sandbox.Spec{
		Runtime: pythonRuntime(t, h), Handler: "app.handler", Layers: []string{first, second},
		Code: code(t, map[string]string{"app.py": `
import os
import one, two, both
def handler(event, context):
    return [one.name, two.name, both.name, sorted(os.listdir("/opt/data/deep")), os.path.exists("/opt/data/shadow"), os.path.exists("/opt/only/shadow"),
        os.readlink("/opt/only"), open("/opt/relative").read(), open("/opt/file/now").read()]
`}),
	})
	r, err := in.Invoke(t.Context(), invocation(`1`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `["one", "two", "second", ["a", "b"], false, false, "/etc", "b", "a directory"]`; string(r.Payload) != want {
		t.Errorf("%s, want %s", r.Payload, want)
	}
}

// TestRest: code that runs on after its answer is frozen, and goes on with the next invocation.
func TestRest(t *testing.T) {
	h := sharedHost(t)
	dir := h.groups.Dir("freezer")
	if dir == "" {
		t.Skip("SKIP: this host freezes no control groups of version 2")
	}
	in := start(t, h, &sandbox.Spec{Runtime: pythonRuntime(t, h), Handler: "app.handler", Code: code(t, map[string]string{"app.py": "def handler(e, c):\n    return e\n"})})
	for range 3 {
		events := filepath.Join(dir, in.(*instance).group.Name(), "cgroup.events")
		await(t, func() bool {
			b, err := os.ReadFile(events)
			return err == nil && strings.Contains(string(b), "frozen 1")
		})
		if r, err := in.Invoke(t.Context(), invocation(`1`)); err != nil || string(r.Payload) != "1" {
			t.Fatalf("%v %+v", err, r)
		}
	}
}

// await waits for a condition that is to come true.
func await(t testing.TB, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it does not come true")
		}
	}
}
