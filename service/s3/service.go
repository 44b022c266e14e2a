package s3

import (
	"slices"
	"sync"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Service is S3.
type Service struct {
	service.Deps
	principals service.Principals
	documents  service.Documents

	buckets  *store.Memo[Bucket, *Bucket]
	currents *store.Memo[Version, *Version]
	requests requests
	sealed   sealedBytes
	headed   []copied // from the answer of HeadObject to that of GetObject

	inventories sync.Mutex // one turn at a time, so that no report is made twice
}

// New returns the service. The principals that policies name are another's.
func New(d service.Deps, principals service.Principals) *Service {
	return &Service{
		Deps: d, principals: principals,
		buckets:  store.NewMemo(func(b *Bucket) *Bucket { return b }),
		currents: store.NewMemo(func(v *Version) *Version { return v }),
		headed:   sameMembers[api.HeadObjectOutput, api.GetObjectOutput](),
	}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per resource.
func (s *Service) Operations() []service.Row {
	rows := slices.Concat(
		s.bucketOperations(),
		s.objectOperations(),
		s.listOperations(),
		s.policyOperations(),
		s.publicAccessOperations(),
		s.ownershipOperations(),
		s.bucketACLOperations(),
		s.objectACLOperations(),
		s.tagOperations(),
		s.corsOperations(),
		s.encryptionOperations(),
		s.lockOperations(),
		s.lifecycleOperations(),
		s.notificationOperations(),
		s.loggingOperations(),
		s.paymentOperations(),
		s.metricsOperations(),
		s.inventoryOperations(),
		s.websiteOperations(),
		s.unsetOperations(),
		s.replicationOperations(),
		s.replicateOperations(),
		s.multipartOperations(),
		s.copyOperations(),
		s.removalOperations(),
		s.versionOperations(),
		s.objectTagOperations(),
		s.objectLockOperations(),
	)
	for i, row := range rows {
		if row.Op != api.OpListBuckets && row.Op != api.OpCreateBucket { // a bucket's policy may admit anybody
			rows[i] = row.WithoutSignature()
		}
	}
	return rows
}

// data marks the operations on objects: their records are data events.
func data(rows ...service.Row) []service.Row {
	for i := range rows {
		rows[i] = rows[i].OnData()
	}
	return rows
}
