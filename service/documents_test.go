package service

import (
	"fmt"
	"testing"
)

// TestDocuments: a policy is parsed once, what is no policy is an error each time, and the memory is bounded.
func TestDocuments(t *testing.T) {
	var d Documents
	text := func(i int) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Id":"%d","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}`, i)
	}
	first, err := d.Parse(text(0))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.Parse(text(0)); again != first || err != nil {
		t.Errorf("parsed again: %v", err)
	}
	for range 2 {
		if _, err := d.Parse("{"); err == nil {
			t.Error("no policy, and no error")
		}
	}
	for i := range 2 * maxDocuments {
		if _, err := d.Parse(text(i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.byText) > maxDocuments {
		t.Errorf("%d are kept", len(d.byText))
	}
}
