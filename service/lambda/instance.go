package lambda

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"vauban/sandbox"
	"vauban/service"
)

// instance is one execution environment of a version.
type instance struct {
	sandbox.Instance
	stream  *stream
	until   time.Time // when its credentials, and so it, have no time for another invocation
	used    time.Time
	init    time.Duration // of the start, until an invocation has told of it
	release []func()
}

// ended reports whether the code has come to its end by itself.
func (i *instance) ended() bool {
	select {
	case <-i.Done():
		return true
	default:
		return false
	}
}

func (i *instance) close() {
	_ = i.Close() // it is gone in any case
	i.unmount()
}

// initTime bounds a start. Developer guide: "Understanding the Lambda execution environment lifecycle".
const initTime = 10 * time.Second

// start starts an instance of a version: a cold start.
func (s *Service) start(c *service.Call, door service.Door, f *Function, v *Config, kind string) (*instance, error) {
	role, err := s.session(c, door, f, v)
	if err != nil {
		return nil, fmt.Errorf("the execution role: %w", err)
	}
	own, err := s.environment(c, door, role.as, f, v)
	if err != nil {
		return nil, ofKMS(err)
	}
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	now := s.Clock()
	i := &instance{
		until: role.expires.Add(-time.Duration(v.Timeout)*time.Second - time.Minute), used: now,
		stream: &stream{
			Service: s, function: f, config: v, group: v.group(f.Name), name: now.UTC().Format("2006/01/02") + "/[" + v.Version + "]" + id,
		},
	}
	spec := &sandbox.Spec{
		Runtime: v.Runtime, Handler: v.Handler, Memory: int64(v.Memory) << 20, Tmp: int64(v.Tmp) << 20, Init: initTime, Log: i.stream.line,
	}
	if err := s.mount(c, i, spec, v); err != nil {
		i.unmount()
		return nil, err
	}
	env := s.variables(f, v, role, i.stream, kind)
	maps.Copy(env, own)
	if v.Network {
		if err := s.connect(spec, env); err != nil {
			i.unmount()
			return nil, err
		}
	}
	for _, k := range slices.Sorted(maps.Keys(env)) {
		spec.Env = append(spec.Env, k+"="+env[k])
	}
	if i.Instance, err = s.Sandbox.Start(context.WithoutCancel(c), spec); err != nil {
		i.unmount()
		return nil, err
	}
	i.init = s.Clock().Sub(now)
	return i, nil
}

// unmount lets go of the directories of the code. It may be called twice.
func (i *instance) unmount() {
	for _, r := range i.release {
		r()
	}
}

// mount unpacks the code and the layers.
func (s *Service) mount(c *service.Call, i *instance, spec *sandbox.Spec, v *Config) error {
	dir, release, err := s.code.use(c, s, v.Code.ID)
	if err != nil {
		return err
	}
	spec.Code, i.release = dir, append(i.release, release)
	for _, l := range v.Layers {
		dir, release, err := s.code.use(c, s, l.Code.ID)
		if err != nil {
			return err
		}
		spec.Layers, i.release = append(spec.Layers, dir), append(i.release, release)
	}
	return nil
}

// variables are what Lambda gives to all code. Developer guide: "Defined runtime environment variables".
func (s *Service) variables(f *Function, v *Config, role *session, log *stream, kind string) map[string]string {
	return map[string]string{
		"AWS_REGION": f.Region, "AWS_DEFAULT_REGION": f.Region, "AWS_EXECUTION_ENV": "AWS_Lambda_" + v.Runtime, "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
		"AWS_LAMBDA_FUNCTION_NAME": f.Name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(v.Memory), "AWS_LAMBDA_FUNCTION_VERSION": v.Version,
		"AWS_LAMBDA_LOG_GROUP_NAME": log.group, "AWS_LAMBDA_LOG_STREAM_NAME": log.name,
		"AWS_ACCESS_KEY_ID": role.id, "AWS_SECRET_ACCESS_KEY": role.secret, "AWS_SESSION_TOKEN": role.token,
	}
}

// authorityPath is where the code finds the certificate authority of the API: in a layer of its own.
const authorityPath = "/opt/vauban/ca.pem"

// connect lets the code reach the API, and nothing else, as the SDKs do by themselves.
func (s *Service) connect(spec *sandbox.Spec, env map[string]string) error {
	u, err := url.Parse(s.Endpoint())
	if err != nil || u.Host == "" {
		return fmt.Errorf("the address of the API %q is none that a function could reach", s.Endpoint())
	}
	spec.Dial = u.Host
	if u.Port() == "" {
		spec.Dial += map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	}
	env["AWS_ENDPOINT_URL"] = u.String()
	if s.Authority == nil || s.Authority() == nil {
		return nil
	}
	dir, err := s.code.authority(s.Authority())
	if err != nil {
		return err
	}
	spec.Layers = append(spec.Layers, dir)
	env["AWS_CA_BUNDLE"], env["SSL_CERT_FILE"], env["NODE_EXTRA_CA_CERTS"] = authorityPath, authorityPath, authorityPath
	return nil
}

// authority is the directory of a layer that holds the certificate authority.
func (k *codeCache) authority(pem []byte) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	root, err := k.root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "authority")
	if err := os.MkdirAll(filepath.Join(dir, "vauban"), 0o755); err != nil {
		return "", err
	}
	at := filepath.Join(dir, "vauban", "ca.pem")
	if err := os.WriteFile(at+".new", pem, 0o644); err != nil {
		return "", err
	}
	for name, mode := range map[string]os.FileMode{dir: 0o755, filepath.Dir(at): 0o755, at + ".new": 0o644} { // whatever the process masks
		if err := os.Chmod(name, mode); err != nil {
			return "", err
		}
	}
	return dir, os.Rename(at+".new", at)
}
