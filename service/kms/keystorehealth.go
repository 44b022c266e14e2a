package kms

import (
	"fmt"
	"sync"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/xks"
	"vauban/store"
)

// This file asks the proxies of connected key stores how they are, so that an alarm can tell before a use of a key fails. KMS Developer Guide: "Monitor KMS
// keys with Amazon CloudWatch", XksExternalKeyManagerStates.

// asked is how many proxies are asked at a time: one that hangs delays no other much.
const asked = 16

func (s *Service) watchKeyStores(w *service.Work) error {
	var list []*KeyStore
	err := s.Store.Read(w, func(tx store.Tx) error {
		list = nil
		for k, err := range keyStores.Each(tx, nil) {
			if err != nil {
				return err
			}
			if k.State == api.ConnectionStateTypeConnected {
				list = append(list, k)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the key stores: %w", err)
	}
	var all sync.WaitGroup
	turns, errs := make(chan struct{}, asked), make([]error, len(list))
	for i, k := range list {
		turns <- struct{}{}
		all.Go(func() {
			errs[i] = s.watch(w, k)
			<-turns
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// watch measures the health of one key store. That its proxy does not answer is measured too, and no error of the job.
func (s *Service) watch(w *service.Work, k *KeyStore) error {
	id, err := newKeyID(s.Rand, false) // request IDs are UUIDs, too
	if err != nil {
		return err
	}
	c := w.Call(k.Account, k.Region)
	c.RequestID = id
	h, err := s.health(c, k, "KmsHealthCheck")
	if h != nil {
		s.measureFleet(k, h)
	}
	_, err = connectionError(err)
	return err
}

func (s *Service) measureFleet(k *KeyStore, h *xks.Health) {
	count := map[string]float64{}
	for _, m := range h.Fleet {
		count[m.Status]++
	}
	for state, shown := range map[string]string{xks.Active: "Active", xks.Degraded: "Degraded", xks.Unavailable: "Unavailable"} {
		s.Meter.Measure(service.Measurement{
			Account: k.Account, Region: k.Region, Namespace: "AWS/KMS", Name: "XksExternalKeyManagerStates", Value: count[state], Unit: "Count", Time: s.Clock(),
			Dimensions: []service.Dimension{{Name: "CustomKeyStoreId", Value: k.ID}, {Name: "XksExternalKeyManagerState", Value: shown}},
		})
	}
}
