//go:build linux && (amd64 || arm64)

package bwrap

import (
	"maps"
	"slices"
	"strings"

	"vauban/sandbox"
)

// runtimeAPI is where the code finds the Runtime API, as in AWS.
const runtimeAPI = "127.0.0.1:9001"

// environment is what the code finds ("Defined runtime environment variables"): defaults that the function may replace, what the spec says, and
// what nobody replaces.
func environment(s *sandbox.Spec, p *program) []string {
	vars := map[string]string{
		"LANG": "en_US.UTF-8", "TZ": ":UTC", "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"LD_LIBRARY_PATH": "/var/task:/var/task/lib:/opt/lib",
		"HOME":            "/tmp",
	}
	if p.language == node {
		vars["NODE_PATH"] = "/opt/nodejs/node" + p.major + "/node_modules:/opt/nodejs/node_modules:" + runtimeDir + "/node_modules"
	}
	for _, kv := range s.Env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			vars[k] = v
		}
	}
	maps.Copy(vars, map[string]string{
		"AWS_LAMBDA_RUNTIME_API": runtimeAPI, "_HANDLER": s.Handler, "LAMBDA_TASK_ROOT": taskDir, "LAMBDA_RUNTIME_DIR": runtimeDir,
	})
	if p.language != provided {
		vars["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + s.Runtime
	}
	out := make([]string, 0, len(vars))
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		out = append(out, k+"="+vars[k])
	}
	return out
}
