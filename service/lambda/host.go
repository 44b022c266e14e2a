package lambda

import (
	"runtime"

	api "vauban/api/lambda"
)

// hostArchitecture is what this host's processor runs, in Lambda's words; unknown for other processors than Lambda has.
func hostArchitecture(unknown string) string {
	switch runtime.GOARCH {
	case "amd64":
		return api.ArchitectureX86_64
	case "arm64":
		return api.ArchitectureArm64
	}
	return unknown
}
