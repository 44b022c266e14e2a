package s3

import (
	"reflect"
	"testing"

	api "vauban/api/s3"
)

// TestCopyMembers: GetObject answers all that HeadObject does, as far as its model has it.
func TestCopyMembers(t *testing.T) {
	head, get := new(api.HeadObjectOutput), new(api.GetObjectOutput)
	h := reflect.ValueOf(head).Elem()
	for i := range h.NumField() {
		switch f := h.Field(i); f.Kind() {
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Map:
			f.Set(reflect.MakeMap(f.Type()))
		default:
			t.Fatalf("%s is a %s", h.Type().Field(i).Name, f.Kind())
		}
	}
	copyMembers(get, head, sameMembers[api.HeadObjectOutput, api.GetObjectOutput]())
	for name, f := range reflect.ValueOf(get).Elem().Fields() {
		_, both := h.Type().FieldByName(name.Name)
		if both == f.IsZero() {
			t.Errorf("%s: in both %v, set %v", name.Name, both, !f.IsZero())
		}
	}
	if get.ETag != head.ETag || get.Body != nil {
		t.Errorf("ETag %p of %p, body %v", get.ETag, head.ETag, get.Body)
	}
}
