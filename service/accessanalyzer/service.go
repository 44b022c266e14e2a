package accessanalyzer

import (
	"fmt"
	"slices"
	"sync"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/engine/catalog"
	"vauban/engine/policy/analysis"
	"vauban/service"
	"vauban/store"
)

// Service is IAM Access Analyzer.
type Service struct {
	service.Deps
	inventory Inventory
	reference func() (*reference, error)
	turns     *service.Turns // of checks and policy generations
}

// reference is what is known of AWS's actions. It is read when it is first asked for: most processes never do.
type reference struct {
	catalog *catalog.Catalog
	world   *analysis.World
}

// New returns the service.
func New(d service.Deps, inventory Inventory) *Service {
	return &Service{Deps: d, inventory: inventory, turns: service.NewTurns(mostWaiting), reference: sync.OnceValues(func() (*reference, error) {
		c, err := catalog.Load()
		if err != nil {
			return nil, fmt.Errorf("load the action catalogue: %w", err)
		}
		return &reference{c, analysis.NewWorld(c)}, nil
	})}
}

// Inventory is what Access Analyzer needs of other services: what there is to be analysed.
type Inventory interface {
	// Roles are the roles of an account.
	Roles(tx store.Tx, account string) ([]Role, error)
	// Guarded are the resources of an account and region that have policies of their own, or could have: buckets and keys.
	Guarded(tx store.Tx, account, region string) ([]Guarded, error)
	// Principals are the users and roles of an account, with what they may do and when they did it last.
	Principals(tx store.Tx, account string) ([]Principal, error)
	// PrincipalID is the unique ID of a user or role, or an error that is [store.ErrNotFound].
	PrincipalID(tx store.Tx, arn string) (string, error)
	// Organization is the organization that an account administers for Access Analyzer, nil when there is none.
	Organization(tx store.Tx, account string) (*Organization, error)
	// Home is the ID of the organization that an account belongs to, "" when there is none.
	Home(tx store.Tx, account string) (string, error)
}

// Role is a role as far as external access goes.
type Role struct {
	ARN, Account string
	Trust        string // the trust policy, principals as ARNs
}

// Guarded is a resource with a policy.
type Guarded struct {
	ARN     string
	Type    string // AWS::S3::Bucket
	Service string // prefix of the actions that the policy can grant
	Policy  string // as it counts, principals as ARNs; "" when nobody is let in by one
}

// Organization is an organization and its active accounts.
type Organization struct {
	ID       string
	Accounts []string
}

// Principal is a user or role as far as unused access goes.
type Principal struct {
	ARN, Account  string
	Role          bool
	ServiceLinked bool
	Created       time.Time
	Tags          map[string]string
	Policies      []string  // identity policies
	LastUsed      time.Time // zero: never
	Uses          map[string]Use
	Keys          []Key
	Password      *Password // nil: none
}

// Use is when a service was used last, and each of its actions, by their names without prefix.
type Use struct {
	Time    time.Time
	Actions map[string]time.Time
}

// Key is an active access key.
type Key struct {
	ID                string
	Created, LastUsed time.Time
}

// Password is the password of a user.
type Password struct{ Created, LastUsed time.Time }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.checkOperations(),
		s.analyzerOperations(),
		s.ruleOperations(),
		s.findingOperations(),
		s.resourceOperations(),
		s.tagOperations(),
		s.generationOperations(),
	)
}
