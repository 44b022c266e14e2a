package e2e

import (
	"testing"
)

// TestTerraformEvents creates, reads, changes and deletes every kind of resource that the provider has for what is built of EventBridge.
func TestTerraformEvents(t *testing.T) { wholeLife(t, "events") }
