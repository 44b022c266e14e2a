package ssm

import (
	"encoding/json"
	"fmt"
	"time"

	"vauban/engine/automation"
	"vauban/service"
	"vauban/store"
)

// Execution is one execution of a runbook. What it was given and what its steps have taken and answered, which may be secrets, is sealed in the store: see
// execution and update.
type Execution struct {
	Account, Region, ID string
	Document            string // name
	Version             int64
	Runbook             string // its JSON, as it was when the execution started
	Started             time.Time
	Ended               time.Time           `json:",omitzero"`
	Given               map[string][]string `json:"-"` // parameters
	By                  service.Caller      // who started it
	Role                string              `json:",omitempty"` // that it acts with; "" for By
	Parent              string              `json:",omitempty"` // execution whose step started it
	Depth               int                 `json:",omitempty"` // of parents
	Tags                map[string]string   `json:",omitempty"`
	Token               string              `json:",omitempty"` // ClientToken
	Turn                int64               // of the task that is to be done
	Run                 *automation.Run     `json:"-"`
	Sealed              []byte              // secrets: Given and Run
}

// secrets is what of an execution is sealed.
type secrets struct {
	Given map[string][]string `json:",omitempty"`
	Run   *automation.Run
}

var executions = &store.Table[Execution]{
	Name: "ssm.execution",
	// the latest first
	Key: func(x *Execution) store.Key { return store.K(x.Account, x.Region, -x.Started.UnixNano(), x.ID) },
	Unique: map[string]func(*Execution) store.Key{
		"id": func(x *Execution) store.Key { return store.K(x.Account, x.Region, x.ID) },
		"token": func(x *Execution) store.Key {
			if x.Token == "" {
				return nil
			}
			return store.K(x.Account, x.Region, x.Token)
		},
	},
	Refs: map[string]func(*Execution) []store.Key{
		"active": func(x *Execution) []store.Key {
			if !x.Ended.IsZero() {
				return nil
			}
			return []store.Key{store.K(x.Account, x.Region)}
		},
	},
}

// Bounds of executions. General reference: "AWS Systems Manager endpoints and quotas".
const (
	maxActive = 100 // at a time, of an account and region
	maxNested = 5   // runbooks that start runbooks
	keepEnded = 30 * 24 * time.Hour
)

func (x *Execution) sealedAs() store.Key { return store.K(x.Account, x.Region, x.ID) }

// sealExecution makes an execution ready to be written.
func (s *Service) sealExecution(x *Execution) error {
	raw, err := json.Marshal(secrets{x.Given, x.Run})
	if err != nil {
		return fmt.Errorf("write execution %s: %w", x.ID, err)
	}
	x.Sealed, err = s.Seal.Seal(executions.Name, x.sealedAs(), raw)
	return err
}

// openExecution fills in what is sealed of an execution that was read.
func (s *Service) openExecution(x *Execution) error {
	raw, err := s.Seal.Open(executions.Name, x.sealedAs(), x.Sealed)
	if err != nil {
		return fmt.Errorf("open execution %s: %w", x.ID, err)
	}
	var v secrets
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("read execution %s: %w", x.ID, err)
	}
	x.Given, x.Run = v.Given, v.Run
	return nil
}

// execution reads one, opened.
func (s *Service) execution(tx store.Tx, index string, key store.Key) (*Execution, error) {
	x, err := executions.ByUnique(tx, index, key)
	if err != nil {
		return nil, err
	}
	return x, s.openExecution(x)
}

// update writes an execution that was opened.
func (s *Service) update(tx store.Tx, x *Execution) error {
	if err := s.sealExecution(x); err != nil {
		return err
	}
	return executions.Update(tx, x)
}

func (x *Execution) arn(partition string) string {
	return executionARN(partition, x.Region, x.Account, x.ID)
}

func (x *Execution) parsed() (*automation.Document, error) {
	return automation.Parse([]byte(x.Runbook))
}

// lineage goes along with what an execution calls, so that automations that start automations come to an end.
type lineage struct {
	parent string // execution
	depth  int
	child  bool // the step is aws:executeAutomation
	role   string
}

type lineageKey struct{}

func lineageOf(c *service.Call) *lineage {
	l, _ := c.Value(lineageKey{}).(*lineage)
	return l
}
