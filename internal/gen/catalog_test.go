package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCommittedCatalogIsGenerated holds the table of engine/catalog against what the generator writes now, to the byte of the text.
func TestCommittedCatalogIsGenerated(t *testing.T) {
	path := filepath.Join(models(t), "..", "authz", "authz-all.json.gz")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the authorization data of all services is not beside the models: %v", err)
	}
	a, err := readAuthz(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := a.catalog()
	if err != nil {
		t.Fatal(err)
	}
	got, err := readGzip(filepath.Join("..", "..", "engine", "catalog", "catalog.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("engine/catalog/catalog.tsv.gz is not what the generator writes: run make catalog")
	}
}

func TestCatalogNeedsTypes(t *testing.T) {
	a, err := readAuthz(filepath.Join("testdata", "authz.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.catalog(); err == nil {
		t.Error("a catalogue came of data without types of condition keys")
	}
}
