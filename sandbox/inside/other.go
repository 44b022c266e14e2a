//go:build !(linux && (amd64 || arm64))

package inside

// Main does nothing: there are no sandboxes on this system.
func Main([]string) {}
