package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vauban/sandbox"
)

// fake stands for a sandbox in tests of the service: the handler's name says what the code does. It runs no code at all.
type fake struct{}

func (fake) Runtimes() map[string]error {
	return map[string]error{"python3.12": nil, "nodejs22.x": errors.New("node 22 is not installed (apt-get install nodejs)"), "provided.al2023": nil}
}

func (fake) Start(_ context.Context, s *sandbox.Spec) (sandbox.Instance, error) {
	if _, err := os.ReadDir(s.Code); err != nil {
		return nil, err
	}
	if s.Handler == "app.init" {
		return nil, &sandbox.InitError{FunctionError: sandbox.FunctionError{Type: "Runtime.ImportModuleError", Payload: json.RawMessage(`{"errorMessage":"Unable to import module 'app'","errorType":"Runtime.ImportModuleError"}`)}}
	}
	return &fakeInstance{spec: s, done: make(chan struct{})}, nil
}

type fakeInstance struct {
	spec  *sandbox.Spec
	once  sync.Once
	done  chan struct{}
	count int
}

func (i *fakeInstance) Done() <-chan struct{} { return i.done }

func (i *fakeInstance) Close() error {
	i.once.Do(func() { close(i.done) })
	return nil
}

func (i *fakeInstance) ends(kind, payload string) (*sandbox.Result, error) {
	_ = i.Close()
	return &sandbox.Result{Error: &sandbox.FunctionError{Type: kind, Payload: json.RawMessage(payload)}, Ended: true, Duration: time.Millisecond}, nil
}

func (i *fakeInstance) Invoke(_ context.Context, v *sandbox.Invocation) (*sandbox.Result, error) {
	i.count++
	answer := func(x any) (*sandbox.Result, error) {
		b, err := json.Marshal(x)
		return &sandbox.Result{Payload: b, Duration: 1500 * time.Microsecond, MaxMemory: 30 << 20}, err
	}
	switch i.spec.Handler {
	case "app.echo":
		i.spec.Log([]byte("got " + string(v.Payload)))
		return answer(json.RawMessage(v.Payload))
	case "app.environment":
		var out []string
		for _, kv := range i.spec.Env {
			if k, v, _ := strings.Cut(kv, "="); !strings.HasPrefix(k, "AWS_SE") && k != "AWS_ACCESS_KEY_ID" && k != "AWS_LAMBDA_LOG_STREAM_NAME" {
				out = append(out, k+"="+v)
			}
		}
		return answer(out)
	case "app.files":
		var out []string
		for _, dir := range append([]string{i.spec.Code}, i.spec.Layers...) {
			err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					out = append(out, strings.TrimPrefix(path, dir))
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return answer(out)
	case "app.count":
		return answer(i.count)
	case "app.arn":
		return answer(v.FunctionARN)
	case "app.fail":
		return &sandbox.Result{Error: &sandbox.FunctionError{Type: "ValueError", Payload: json.RawMessage(`{"errorMessage":"no","errorType":"ValueError"}`)}, Duration: time.Millisecond}, nil
	case "app.hang":
		return i.ends("Sandbox.Timedout", "")
	case "app.exit":
		return i.ends("Runtime.ExitError", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `+v.RequestID+` Error: Runtime exited with error: exit status 1"}`)
	case "app.large":
		return answer(strings.Repeat("x", 7<<20))
	}
	return answer("no such handler")
}
