package lambda

import (
	"context"
	"errors"
	"testing"

	api "vauban/api/lambda"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

// What is sealed for a configuration is not stored for another, which has come in between.
func TestConfigurationsDoNotCross(t *testing.T) {
	s := &Service{}
	at := func(revision string) *subject {
		f := &Function{Account: "111122223333", Region: "us-east-1", Name: "f", Latest: Config{Version: latest, Revision: revision}}
		return &subject{function: f, config: &f.Latest}
	}
	c := &service.Call{Context: t.Context()}
	c.Found = at("1")
	c.Commit = func(fn func(store.Tx) error) error {
		c.Found = at("2")
		return fn(nil)
	}
	if _, err := s.updateFunctionConfiguration(c, &api.UpdateFunctionConfigurationInput{Description: new("d")}); !is(err, api.ResourceConflictException) {
		t.Errorf("got %v", err)
	}
}

func TestNewCodeIsWithinTheStorage(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	err = db.Write(t.Context(), func(tx store.Tx) error {
		f := &Function{Account: "111122223333", Region: "us-east-1", Name: "f", ID: "x"}
		f.Latest.Code = Package{ID: "large", Size: maxCodeStorage}
		if err := functions.Insert(tx, f); err != nil {
			return err
		}
		return (&Function{Account: f.Account, Region: f.Region, Name: "g"}).replace(tx, Package{ID: "new", Size: 1}, "x86_64")
	})
	if !is(err, api.CodeStorageExceededException) {
		t.Errorf("got %v", err)
	}
}

// Packages of S3 are held whole: a third waits until there is room.
func TestPackagesOfS3Wait(t *testing.T) {
	s := &Service{packages: make(chan struct{}, maxPackages)}
	for range maxPackages {
		s.packages <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.take(&service.Call{Context: ctx}, &source{bucket: new("b")}, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-s.packages
	if _, err := s.take(&service.Call{Context: t.Context()}, &source{bucket: new("b")}, false); !is(err, api.InvalidParameterValueException) {
		t.Errorf("with room: %v", err)
	}
	if len(s.packages) != maxPackages-1 {
		t.Error("the room is not given back")
	}
}
