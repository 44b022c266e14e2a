package kms

import (
	"time"

	"vauban/store"
)

// Alias is a name for a key.
type Alias struct {
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Name    string    `json:"name"` // with its prefix
	Key     string    `json:"key"`  // ID
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

var aliasTable = &store.Table[Alias]{
	Name:   "kms.alias",
	Key:    func(a *Alias) store.Key { return aliasKey(a.Account, a.Region, a.Name) },
	Cached: true,
	Refs: map[string]func(*Alias) []store.Key{
		"key": func(a *Alias) []store.Key { return []store.Key{store.K(a.Account, a.Region, a.Key)} },
	},
}

const (
	aliasPrefix   = "alias/"
	managedPrefix = "alias/aws/"
)

func aliasKey(account, region, name string) store.Key { return store.K(account, region, name) }

func aliasARN(partition, region, account, name string) string {
	return "arn:" + partition + ":kms:" + region + ":" + account + ":" + name
}

// ARN is the alias's ARN.
func (a *Alias) ARN() string { return aliasARN("aws", a.Region, a.Account, a.Name) }
