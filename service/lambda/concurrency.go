package lambda

import (
	api "vauban/api/lambda"
	"vauban/service"
	"vauban/store"
)

// Reservation is the concurrency that a function keeps for itself, beside the function: an account's sum is read often.
type Reservation struct {
	Account, Region, Name string
	Count                 int
}

var reservations = &store.Table[Reservation]{
	Name: "lambda.reservation",
	Key:  func(r *Reservation) store.Key { return store.K(r.Account, r.Region, r.Name) },
}

func (s *Service) concurrencyOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutFunctionConcurrency, onWhole(s, func(in *api.PutFunctionConcurrencyInput) *string { return in.FunctionName }), s.putConcurrency),
		service.Writes(api.OpDeleteFunctionConcurrency, onWhole(s, func(in *api.DeleteFunctionConcurrencyInput) *string { return in.FunctionName }), s.deleteConcurrency),
		service.Reads(api.OpGetFunctionConcurrency, onWhole(s, func(in *api.GetFunctionConcurrencyInput) *string { return in.FunctionName }), s.getConcurrency),
		service.Reads(api.OpGetAccountSettings, onAny[api.GetAccountSettingsInput], s.getAccountSettings),
	}
}

// reservedBy is what the functions of an account reserve in a region, without the one of that name.
func reservedBy(tx store.Tx, account, region, without string) (n int, err error) {
	for r, err := range reservations.Each(tx, store.K(account, region)) {
		if err != nil {
			return 0, err
		}
		if r.Name != without {
			n += r.Count
		}
	}
	return n, nil
}

func (s *Service) putConcurrency(c *service.Call, in *api.PutFunctionConcurrencyInput) (*api.PutFunctionConcurrencyOutput, error) {
	x, err := ownLatest(c, nil)
	if err != nil {
		return nil, err
	}
	f, n := x.function, int(*in.ReservedConcurrentExecutions)
	others, err := reservedBy(c.Tx, f.Account, f.Region, f.Name)
	if err != nil {
		return nil, err
	}
	if n > 0 && others+n > maxConcurrent-minUnreserved {
		return nil, invalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	kept, err := provisionedOf(c.Tx, f)
	if err != nil {
		return nil, err
	}
	if kept > n {
		return nil, invalid(" ReservedConcurrentExecutions %d should not be lower than function's total provisioned concurrency [%d].", n, kept)
	}
	f.Reserved = &n
	if err := reservations.Put(c.Tx, &Reservation{Account: f.Account, Region: f.Region, Name: f.Name, Count: n}); err != nil {
		return nil, err
	}
	return &api.PutFunctionConcurrencyOutput{ReservedConcurrentExecutions: in.ReservedConcurrentExecutions}, functions.Update(c.Tx, f)
}

func (s *Service) deleteConcurrency(c *service.Call, in *api.DeleteFunctionConcurrencyInput) (*api.DeleteFunctionConcurrencyOutput, error) {
	x, err := ownLatest(c, nil)
	if err != nil {
		return nil, err
	}
	out := &api.DeleteFunctionConcurrencyOutput{}
	if x.function.Reserved == nil {
		return out, nil
	}
	x.function.Reserved = nil
	if err := deleteAll(c.Tx, reservations, x.function.key()); err != nil {
		return nil, err
	}
	return out, functions.Update(c.Tx, x.function)
}

func (s *Service) getConcurrency(c *service.Call, in *api.GetFunctionConcurrencyInput) (*api.GetFunctionConcurrencyOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	out := &api.GetFunctionConcurrencyOutput{}
	if r := x.function.Reserved; r != nil {
		out.ReservedConcurrentExecutions = new(int64(*r))
	}
	return out, nil
}

// Storage of packages. Developer guide: "Lambda quotas".
const (
	maxCodeStorage = 75 << 30
	maxUnzipped    = 262144000
	maxZipped      = 52428800
)

// usage is how many functions an account has in a region, and what their packages take.
func usage(tx store.Tx, account, region string) (count int, size int64, err error) {
	seen := map[string]bool{}
	add := func(p Package) {
		if !seen[p.ID] {
			seen[p.ID] = true
			size += p.Size
		}
	}
	for f, err := range functions.Each(tx, store.K(account, region)) {
		if err != nil {
			return 0, 0, err
		}
		count++
		add(f.Latest.Code)
	}
	for v, err := range versions.Each(tx, store.K(account, region)) {
		if err != nil {
			return 0, 0, err
		}
		add(v.Config.Code)
	}
	for v, err := range layerVersions.Each(tx, store.K(account, region)) {
		if err != nil {
			return 0, 0, err
		}
		add(v.Code)
	}
	return count, size, nil
}

// storageLeft refuses a package that an account has no room for.
func storageLeft(tx store.Tx, account, region string, p Package) error {
	_, size, err := usage(tx, account, region)
	if err == nil && size+p.Size > maxCodeStorage {
		return user(api.CodeStorageExceededException.New("Code storage limit exceeded."))
	}
	return err
}

func (s *Service) getAccountSettings(c *service.Call, _ *api.GetAccountSettingsInput) (*api.GetAccountSettingsOutput, error) {
	count, size, err := usage(c.Tx, c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	held, err := reservedBy(c.Tx, c.Account, c.Region, "")
	if err != nil {
		return nil, err
	}
	return &api.GetAccountSettingsOutput{
		AccountLimit: &api.AccountLimit{
			TotalCodeSize: new(int64(maxCodeStorage)), CodeSizeUnzipped: new(int64(maxUnzipped)), CodeSizeZipped: new(int64(maxZipped)),
			ConcurrentExecutions: new(int64(maxConcurrent)), UnreservedConcurrentExecutions: new(int64(maxConcurrent - held)),
		},
		AccountUsage: &api.AccountUsage{FunctionCount: new(int64(count)), TotalCodeSize: &size},
	}, nil
}
