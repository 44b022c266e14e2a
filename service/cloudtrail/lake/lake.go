package lake

import (
	"slices"
	"time"

	"vauban/service"
	"vauban/store"
)

// Lake holds event data stores and answers queries.
type Lake struct {
	service.Deps
	accounts Accounts
	members  Members
}

// Accounts is what the lake needs of IAM. See cloudtrail.Accounts, which is one.
type Accounts interface {
	service.Principals
}

// Members is what the lake needs of organizations.
type Members interface {
	// Administered returns the organization whose events the caller may keep, or a modelled error that says why there is none.
	Administered(c *service.Call, tx store.Tx) (string, error)
	// Administers reports whether the account may keep the events of the organization now.
	Administers(tx store.Tx, account, organization string) (bool, error)
	// Organization returns the organization of an account, "" when there is none.
	Organization(tx store.Tx, account string) (string, error)
}

// New returns the lake.
func New(d service.Deps, a Accounts, m Members) *Lake { return &Lake{Deps: d, accounts: a, members: m} }

// Operations are the lake's rows of the table.
func (l *Lake) Operations() []service.Row {
	return slices.Concat(
		l.dataStoreOperations(),
		l.queryOperations(),
		l.policyOperations(),
	)
}

// Consumers take the log's events in.
func (l *Lake) Consumers() []service.Consumer {
	return []service.Consumer{{Name: "cloudtrail.lake", Handle: l.ingest}}
}

// Jobs run queries and remove what has expired.
func (l *Lake) Jobs() []service.Job {
	return []service.Job{
		{Name: "cloudtrail.lake-queries", Every: 250 * time.Millisecond, Run: l.runQueries},
		{Name: "cloudtrail.lake-retention", Every: time.Minute, Run: l.expire},
	}
}
