package inside

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrders(t *testing.T) {
	want := &Orders{Listen: []string{"127.0.0.1:9001"}, UID: 993, Limits: []Limit{{7, 1024}}, Argv: []string{"/a", "b c"}, Env: []string{"A=é\n"}, Dir: "/"}
	var b bytes.Buffer
	if err := WriteOrders(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := readOrders(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if err := WriteOrders(&b, &Orders{Dir: string(make([]byte, maxOrders))}); err == nil {
		t.Error("orders without end are sent")
	}
}

func FuzzOrders(f *testing.F) {
	f.Add([]byte{0, 0, 0, 2, '{', '}'})
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := readOrders(bytes.NewReader(b)); err == nil && o == nil {
			t.Error("neither orders nor an error")
		}
	})
}
