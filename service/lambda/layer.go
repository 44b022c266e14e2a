package lambda

import (
	"time"

	"vauban/store"
)

// LayerVersion is one version of a layer.
type LayerVersion struct {
	Account, Region, Name string
	Number                int

	Description   string   `json:",omitempty"`
	License       string   `json:",omitempty"`
	Runtimes      []string `json:",omitempty"`
	Architectures []string `json:",omitempty"`
	Created       time.Time
	Code          Package
	Policy        Policy `json:",omitzero"`
	Revision      string `json:",omitempty"` // of the policy
}

var layerVersions = &store.Table[LayerVersion]{
	Name: "lambda.layerversion",
	Key:  func(v *LayerVersion) store.Key { return store.K(v.Account, v.Region, v.Name, v.Number) },
	Refs: map[string]func(*LayerVersion) []store.Key{"code": func(v *LayerVersion) []store.Key { return []store.Key{store.K(v.Code.ID)} }},
}
