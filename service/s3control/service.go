package s3control

import (
	"slices"

	api "vauban/api/s3control"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Service is S3 Control.
type Service struct {
	service.Deps
	storage Storage
}

// New returns the service over the buckets that another holds.
func New(d service.Deps, storage Storage) *Service { return &Service{Deps: d, storage: storage} }

// Storage is what S3 Control needs of S3.
type Storage interface {
	// Block is Block Public Access of an account, nil when it is not set; PutBlock sets it, DeleteBlock removes it.
	Block(tx store.Tx, account string) (*PublicAccess, error)
	PutBlock(tx store.Tx, account string, p PublicAccess) error
	DeleteBlock(tx store.Tx, account string) error

	// Bucket finds a bucket by its name: nil when there is none.
	Bucket(tx store.Tx, name string) (*Bucket, error)
	// Tag replaces the tags of a bucket. The error is for the client.
	Tag(tx store.Tx, name string, tags []Tag) error
}

// PublicAccess is Block Public Access.
type PublicAccess struct{ BlockACLs, IgnoreACLs, BlockPolicy, Restrict bool }

// Bucket is a bucket as its tags are managed.
type Bucket struct {
	Account string
	Region  string
	Tags    []Tag
	ABAC    bool // its tags decide about access
	Policy  *policy.Document
}

// Tag is a tag of a bucket.
type Tag struct{ Key, Value string }

// Pair is the tag's key and value.
func (t Tag) Pair() (key, value string) { return t.Key, t.Value }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per resource.
func (s *Service) Operations() []service.Row {
	return slices.Concat(s.blockOperations(), s.tagOperations())
}
