package lambda

import (
	"time"

	"vauban/store"
)

// Alias is a name for a version, or for two of them by weight.
type Alias struct {
	Account, Region, Name, Alias string

	Version     string
	Weights     map[string]float64 `json:",omitempty"` // of a second version
	Description string             `json:",omitempty"`
	Revision    string
	Modified    time.Time
	Policy      Policy `json:",omitzero"`
}

var aliases = &store.Table[Alias]{
	Name: "lambda.alias",
	Key:  func(a *Alias) store.Key { return store.K(a.Account, a.Region, a.Name, a.Alias) },
}

func (a *Alias) arn() string { return functionARN(a.Account, a.Region, a.Name, a.Alias) }
