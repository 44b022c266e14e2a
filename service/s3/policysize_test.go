package s3

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"vauban/api/wire"
	"vauban/service"
)

// TestPolicySize holds the quota: 20 KB without insignificant spaces.
func TestPolicySize(t *testing.T) {
	s := New(service.Deps{Partition: "aws"}, nil)
	b := &Bucket{Name: "b", Account: "111122223333"}
	text := func(sid int) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Sid":"%s","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}}`, strings.Repeat("x", sid))
	}
	empty := len(text(0))
	if _, err := s.checkPolicy(b, text(maxPolicy-empty)+strings.Repeat(" ", 5000)); err != nil {
		t.Errorf("a policy of the largest size, and spaces: %v", err)
	}
	_, err := s.checkPolicy(b, text(maxPolicy-empty+1))
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape.Code != "PolicyTooLarge" {
		t.Errorf("one byte more: %v", err)
	}
}

func FuzzCheckPolicy(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}}`)
	s := New(service.Deps{Partition: "aws"}, nil)
	b := &Bucket{Name: "b", Account: "111122223333"}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := s.checkPolicy(b, text)
		if err != nil {
			return
		}
		for i := range doc.Statements {
			for _, r := range doc.Statements[i].Resource {
				if r.Text != "arn:aws:s3:::b" && !strings.HasPrefix(r.Text, "arn:aws:s3:::b/") {
					t.Errorf("a policy of bucket b speaks of %s", r.Text)
				}
			}
		}
	})
}
