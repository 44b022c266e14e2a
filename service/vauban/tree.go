package vauban

import (
	"encoding/base64"
	"errors"
	"time"

	api "vauban/api/vauban"
	"vauban/engine/treeproof"
	"vauban/eventlog"
	"vauban/eventlog/tree"
	"vauban/service"
)

// getTreeHead answers the newest signed head. It tells how many entries the whole log has, of all accounts, and nothing of what they are.
func (s *Service) getTreeHead(c *service.Call, _ *api.GetTreeHeadInput) (*api.GetTreeHeadOutput, error) {
	h, signed, err := s.Tree.Head(c)
	if err != nil {
		return nil, asTampered(err)
	}
	return &api.GetTreeHeadOutput{
		SignedHead: new(string(signed)), TreeSize: &h.Size, RootHash: new(base64.StdEncoding.EncodeToString(h.Root[:])), VerifierKey: &s.Tree.Key().Text,
	}, nil
}

// proveEvent answers the proof of an event of the caller's own account: as with LookupEvents, nobody sees those of others, whoever manages them.
func (s *Service) proveEvent(c *service.Call, in *api.ProveEventInput) (*api.ProveEventOutput, error) {
	e, err := s.Log.Get(c, c.Account, *in.EventId)
	if errors.Is(err, eventlog.ErrNotFound) {
		return nil, api.NoSuchEntityException.New("Account %s has no event %s. It may have reached the end of its retention.", c.Account, *in.EventId)
	}
	if err != nil {
		return nil, err
	}
	p, h, err := s.prove(c, e)
	if err != nil {
		return nil, err
	}
	leaf := treeproof.Leaf(p.Record)
	return &api.ProveEventOutput{
		Record: new(string(p.Record)), Index: &p.Index, LeafHash: new(base64.StdEncoding.EncodeToString(leaf[:])), Proof: new(string(p.Text())),
		TreeSize: &h.Size, VerifierKey: &s.Tree.Key().Text,
	}, nil
}

// How long a call waits for the tree to reach an event that was just recorded, and how often it looks.
const (
	treeWait = 5 * time.Second
	treeLook = 50 * time.Millisecond
)

// prove waits for the tree when it is a little behind.
func (s *Service) prove(c *service.Call, e *eventlog.Entry) (*treeproof.Inclusion, *treeproof.Head, error) {
	end := time.NewTimer(treeWait)
	defer end.Stop()
	look := time.NewTicker(treeLook)
	defer look.Stop()
	for {
		p, h, err := s.Tree.Prove(c, e)
		switch {
		case errors.Is(err, tree.ErrBefore):
			return nil, nil, api.NoSuchEntityException.New("The event %s was recorded before this log had a tree: there is no proof of it.", e.ID)
		case !errors.Is(err, tree.ErrBehind):
			return p, h, asTampered(err)
		}
		select {
		case <-look.C:
		case <-end.C:
			return nil, nil, api.ThrottlingException.New("The tree has not reached the event %s yet. Try again in a moment.", e.ID)
		case <-c.Done():
			return nil, nil, c.Err()
		}
	}
}

// proveTreeGrowth answers the proof that the log still begins as it did when it had fewer entries.
func (s *Service) proveTreeGrowth(c *service.Call, in *api.ProveTreeGrowthInput) (*api.ProveTreeGrowthOutput, error) {
	p, h, err := s.Tree.ProveGrowth(c, *in.TreeSize)
	if errors.Is(err, tree.ErrLarger) {
		return nil, api.InvalidInputException.New("The log has %d entries, fewer than %d: the earlier head is of another log, or this log was cut or restored from an older backup.", h.Size, *in.TreeSize)
	}
	if err != nil {
		return nil, asTampered(err)
	}
	return &api.ProveTreeGrowthOutput{Proof: new(string(p.Text())), TreeSize: &h.Size, VerifierKey: &s.Tree.Key().Text}, nil
}

// asTampered says so to whoever asks when what is stored is not what was logged.
func asTampered(err error) error {
	if errors.Is(err, tree.ErrTampered) {
		return api.LogTamperedException.New("This log cannot be trusted: %s. Compare it with heads and log files kept elsewhere.", err).Because(err)
	}
	return err
}
