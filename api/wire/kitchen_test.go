package wire

import (
	"encoding/json"
	"reflect"
	"time"
)

// kitchen has a member of every kind; the tests of all codecs share it.
type kitchen struct {
	Name    *string    `api:"name,is=Name"`
	On      *bool      `api:"on"`
	Count   *int64     `api:"count,i32,is=Count"`
	Big     *int64     `api:"big"`
	Ratio   *float64   `api:"ratio"`
	Small   *float64   `api:"small,f32"`
	When    *time.Time `api:"when"`
	Day     *time.Time `api:"day,ts=date-time"`
	Stamp   *time.Time `api:"stamp,ts=http-date"`
	Blob    []byte     `api:"blob"`
	Words   []string   `api:"words,is=Words"`
	Flat    []int64    `api:"flat,flat,xml=Flattened"`
	Tags    []tag      `api:"tags,is=Tags"`
	Map     map[string]string
	FlatMap map[string]int64 `api:",flat"`
	Nested  map[string]kitchen
	Choice  *choice
	Self    *kitchen
	Matrix  [][]string
	Secret  *string `api:"secret,sensitive"`
	Color   *string `api:"color,is=Color"`
	Sparse  []*string
}

type tag struct {
	Key   *string `api:",required,is=TagKey"`
	Value *string `api:",required,is=TagValue"`
}

type choice struct {
	Union
	Text *string
	Pair *tag
	None *struct{}
}

// documented has what only JSON can carry.
type documented struct {
	Doc json.RawMessage `api:"doc"`
}

func kitchenService(p Protocol) *Service {
	op := &Operation{Name: "Cook", Method: "POST", URI: "/cook", Status: 200, Input: reflect.TypeFor[kitchen](), Output: reflect.TypeFor[kitchen](), Root: "CookResult"}
	doc := &Operation{Name: "Read", Method: "POST", URI: "/read", Status: 200, Input: reflect.TypeFor[documented](), Output: reflect.TypeFor[documented]()}
	return NewService(&Service{
		Name: "kitchen", Protocols: []Protocol{p}, Operations: []*Operation{op, doc}, XMLNamespace: "https://kitchen.example.com/", Namespace: "com.example.kitchen",
		Unbuilt: []string{"Bake"},
		Shapes: []Shape{
			{Name: "Color", Enum: []string{"blue", "red"}},
			{Name: "Count", Range: "1:100"},
			{Name: "Name", Length: "1:8", Pattern: `^[\w+=,.@-]+$`},
			{Name: "TagKey", Length: "1:128"},
			{Name: "TagValue", Length: ":256"},
			{Name: "Tags", Length: ":50", Item: "item"},
			{Name: "Word", Length: "1:5", Pattern: "[a-z]*"},
			{Name: "Words", Length: "1:3", ItemIs: "Word", Unique: true},
		},
	})
}

func cook(p Protocol) *Operation { return kitchenService(p).Operation("Cook") }

func ptr[T any](v T) *T { return &v }
