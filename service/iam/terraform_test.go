package iam_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vauban/service"
	"vauban/service/iam"
)

// TestTerraformsOperationsAreBuilt holds the table against the operations that the Terraform provider calls.
func TestTerraformsOperationsAreBuilt(t *testing.T) {
	models := os.Getenv("VAUBAN_MODELS")
	if models == "" {
		t.Skip("SKIP: VAUBAN_MODELS is not set: the list of Terraform's operations lies beside the models")
	}
	b, err := os.ReadFile(filepath.Join(models, "terraform-5.100-operations.tsv"))
	if err != nil {
		t.Skipf("SKIP: %v", err)
	}
	built := map[string]bool{}
	for _, row := range iam.New(service.Deps{}, nil).Operations() {
		built[row.Op.Name] = true
	}
	wanted := 0
	for line := range strings.Lines(string(b)) {
		name, operations, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name != "iam" {
			continue
		}
		for _, op := range strings.Fields(operations) {
			wanted++
			if !built[op] {
				t.Errorf("Terraform calls %s, which has no row", op)
			}
		}
	}
	if wanted < 100 {
		t.Errorf("the list names only %d operations", wanted)
	}
}
