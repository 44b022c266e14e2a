package lambda

import (
	"time"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Provisioned says how many instances of a version or alias every replica keeps warm. Developer guide: "Configuring provisioned concurrency for a
// function".
type Provisioned struct {
	Account, Region, Name, Qualifier string

	Requested int
	Modified  time.Time
}

var provisions = &store.Table[Provisioned]{
	Name: "lambda.provisioned",
	Key:  func(p *Provisioned) store.Key { return store.K(p.Account, p.Region, p.Name, p.Qualifier) },
}

func (s *Service) provisionedOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutProvisionedConcurrencyConfig, on(s, func(in *api.PutProvisionedConcurrencyConfigInput) (f, q *string) {
			return in.FunctionName, in.Qualifier
		}), s.putProvisioned),
		service.Writes(api.OpDeleteProvisionedConcurrencyConfig, on(s, func(in *api.DeleteProvisionedConcurrencyConfigInput) (f, q *string) {
			return in.FunctionName, in.Qualifier
		}), s.deleteProvisioned),
		service.Reads(api.OpGetProvisionedConcurrencyConfig, on(s, func(in *api.GetProvisionedConcurrencyConfigInput) (f, q *string) {
			return in.FunctionName, in.Qualifier
		}), s.getProvisioned),
		service.Reads(api.OpListProvisionedConcurrencyConfigs, onWhole(s, func(in *api.ListProvisionedConcurrencyConfigsInput) *string { return in.FunctionName }), s.listProvisioned),
	}
}

// provisionedOf is what the versions and aliases of a function keep warm.
func provisionedOf(tx store.Tx, f *Function) (n int, err error) {
	for p, err := range provisions.Each(tx, f.key()) {
		if err != nil {
			return 0, err
		}
		n += p.Requested
	}
	return n, nil
}

// published is what a call about provisioned concurrency is about: not the version that changes.
func published(c *service.Call) (*subject, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if q := qualifierOf(x.name.qualifier); q == latest || x.alias != nil && x.alias.Version == latest {
		return nil, invalid("The function resource provided must be an alias or a published version.")
	}
	return x, nil
}

func (s *Service) putProvisioned(c *service.Call, in *api.PutProvisionedConcurrencyConfigInput) (*api.PutProvisionedConcurrencyConfigOutput, error) {
	x, err := published(c)
	if err != nil {
		return nil, err
	}
	f, n := x.function, int(*in.ProvisionedConcurrentExecutions)
	p := &Provisioned{Account: f.Account, Region: f.Region, Name: f.Name, Qualifier: x.name.qualifier, Requested: n, Modified: c.Time}
	total := n
	for o, err := range provisions.Each(c.Tx, store.K(f.Account, f.Region)) {
		if err != nil {
			return nil, err
		}
		if o.Name != p.Name || o.Qualifier != p.Qualifier {
			total += o.Requested
		}
	}
	switch {
	case f.Reserved != nil && n > *f.Reserved:
		return nil, invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
	case total > maxConcurrent-minUnreserved:
		return nil, invalid("Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	if err := provisions.Put(c.Tx, p); err != nil {
		return nil, err
	}
	return &api.PutProvisionedConcurrencyConfigOutput{
		RequestedProvisionedConcurrentExecutions: in.ProvisionedConcurrentExecutions, AllocatedProvisionedConcurrentExecutions: new(int64(0)),
		AvailableProvisionedConcurrentExecutions: new(int64(0)), Status: new(api.ProvisionedConcurrencyStatusEnumInProgress), LastModified: stamp(p.Modified),
	}, nil
}

func provisionedFound(c *service.Call) (*subject, *Provisioned, error) {
	x, err := published(c)
	if err != nil {
		return nil, nil, err
	}
	p, err := provisions.Get(c.Tx, x.function.key().With(x.name.qualifier))
	if store.IsAbsent(err) {
		return x, nil, api.ProvisionedConcurrencyConfigNotFoundException.New("No Provisioned Concurrency Config found for this function").With("Type", "User")
	}
	return x, p, err
}

func (s *Service) deleteProvisioned(c *service.Call, _ *api.DeleteProvisionedConcurrencyConfigInput) (*api.DeleteProvisionedConcurrencyConfigOutput, error) {
	_, p, err := provisionedFound(c)
	if is(err, api.ProvisionedConcurrencyConfigNotFoundException) {
		return &api.DeleteProvisionedConcurrencyConfigOutput{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &api.DeleteProvisionedConcurrencyConfigOutput{}, provisions.Delete(c.Tx, provisions.Key(p))
}

// told is how far this replica has come with it.
func (s *Service) told(c *service.Call, f *Function, p *Provisioned) (*api.ProvisionedConcurrencyConfigListItem, error) {
	x, err := s.look(c.Tx, name{p.Account, p.Region, p.Name, p.Qualifier}, false)
	if err != nil {
		return nil, err
	}
	out := &api.ProvisionedConcurrencyConfigListItem{
		FunctionArn: new(functionARN(p.Account, p.Region, p.Name, p.Qualifier)), RequestedProvisionedConcurrentExecutions: new(int64(p.Requested)), LastModified: stamp(p.Modified),
		Status: new(api.ProvisionedConcurrencyStatusEnumInProgress),
	}
	warm, failure := 0, ""
	if x.config != nil {
		warm, failure = s.pools.warm(f, x.config)
	}
	warm = min(warm, p.Requested)
	out.AllocatedProvisionedConcurrentExecutions, out.AvailableProvisionedConcurrentExecutions = new(int64(warm)), new(int64(warm))
	switch {
	case warm == p.Requested:
		out.Status = new(api.ProvisionedConcurrencyStatusEnumReady)
	case failure != "":
		out.Status, out.StatusReason = new(api.ProvisionedConcurrencyStatusEnumFailed), &failure
	}
	return out, nil
}

func (s *Service) getProvisioned(c *service.Call, _ *api.GetProvisionedConcurrencyConfigInput) (*api.GetProvisionedConcurrencyConfigOutput, error) {
	x, p, err := provisionedFound(c)
	if err != nil {
		return nil, err
	}
	t, err := s.told(c, x.function, p)
	if err != nil {
		return nil, err
	}
	return &api.GetProvisionedConcurrencyConfigOutput{
		AllocatedProvisionedConcurrentExecutions: t.AllocatedProvisionedConcurrentExecutions, AvailableProvisionedConcurrentExecutions: t.AvailableProvisionedConcurrentExecutions,
		RequestedProvisionedConcurrentExecutions: t.RequestedProvisionedConcurrentExecutions, LastModified: t.LastModified, Status: t.Status, StatusReason: t.StatusReason,
	}, nil
}

func (s *Service) listProvisioned(c *service.Call, in *api.ListProvisionedConcurrencyConfigsInput) (*api.ListProvisionedConcurrencyConfigsOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListProvisionedConcurrencyConfigs", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListProvisionedConcurrencyConfigsOutput{ProvisionedConcurrencyConfigs: []api.ProvisionedConcurrencyConfigListItem{}}
	var all []*Provisioned
	out.NextMarker, err = visit(p, c.Tx, provisions, x.function.key(), func(p *Provisioned) bool {
		all = append(all, p)
		return true
	})
	for _, p := range all {
		t, err := s.told(c, x.function, p)
		if err != nil {
			return nil, err
		}
		out.ProvisionedConcurrencyConfigs = append(out.ProvisionedConcurrencyConfigs, *t)
	}
	return out, err
}

// warmUp starts the instances that this replica is to keep and has not. One turn starts one of each: the first invocations must not wait for all.
func (s *Service) warmUp(w *service.Work) error {
	var wanted []warmth
	err := s.Store.Read(w, func(tx store.Tx) error {
		wanted = nil
		list, err := provisions.List(tx, nil, nil, 0)
		if err != nil {
			return err
		}
		for _, p := range list.Items {
			x, err := s.look(tx, name{p.Account, p.Region, p.Name, p.Qualifier}, true)
			if err != nil {
				return err
			}
			if x.config != nil {
				wanted = append(wanted, warmth{x, p.Requested})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range s.pools.keep(wanted) {
		s.warmOne(w, x)
	}
	return nil
}

// warmth is how many instances of a version are to be warm.
type warmth struct {
	*subject
	count int
}

func (s *Service) warmOne(w *service.Work, x *subject) {
	q, ok := s.pools.begin(x.function, x.config)
	if !ok {
		return
	}
	i, err := s.start(w.Call(x.name.account, x.name.region), w.Door, x.function, x.config, "provisioned-concurrency")
	if err != nil {
		s.pools.lost(q, problemOfStart(err))
		return
	}
	s.pools.started(i, q)
	s.pools.put(i, q, true)
}

func problemOfStart(err error) string {
	var e *wire.Error
	if asWire(err, &e) {
		return e.Message
	}
	return bounded(err.Error(), 300)
}
