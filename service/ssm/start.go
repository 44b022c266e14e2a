package ssm

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/automation"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

func unfit(format string, args ...any) *wire.Error {
	return api.InvalidAutomationExecutionParametersException.New(format, args...)
}

// prepare reads what is to be started. What is wrong with it is told once the caller is allowed to start the document.
func (s *Service) prepare(c *service.Call, f found, in *api.StartAutomationExecutionInput) (*start, error) {
	st := &start{}
	name := wire.Text(in.DocumentName)
	if f.document == nil {
		st.err = api.AutomationDefinitionNotFoundException.New("Automation definition %s is not found.", name)
		return st, nil
	}
	version := wire.Text(in.DocumentVersion)
	if version == "" {
		version = f.named.version
	}
	v, err := s.version(c.Tx, f.document, version, "")
	if err != nil {
		return nil, err
	}
	if v == nil || f.document.Account != "" && f.document.Account != c.Account && !f.document.mayUse(c.Account, v.Number) {
		st.err = api.AutomationDefinitionVersionNotFoundException.New("Automation definition %s has no version %s.", name, version)
		return st, nil
	}
	st.version = v
	if st.runbook, err = automation.Parse([]byte(v.Runbook)); err != nil {
		return nil, fmt.Errorf("read the runbook %s: %w", name, err)
	}
	st.globals = map[string]string{
		"global:ACCOUNT_ID": c.Account, "global:REGION": c.Region, "global:PARTITION": c.Partition,
		"global:DATE": c.Time.UTC().Format("2006-01-02"), "global:DATE_TIME": c.Time.UTC().Format("2006-01-02_15.04.05"),
	}
	st.arguments, err = st.runbook.Arguments(in.Parameters)
	if err == nil {
		st.role, err = automation.Expand(st.runbook.AssumeRole, st.arguments, st.globals)
	}
	if err != nil {
		st.err, st.role = unfit("%s", err.Error()), ""
		return st, nil
	}
	if st.role != "" {
		if a, err := arn.Parse(st.role); err != nil || a.Service != "iam" || a.Account != c.Account {
			st.err = unfit("The assume role %s must be the ARN of a role of this account.", clipped(st.role))
			st.role = ""
		}
	}
	return st, nil
}

// unbuilt refuses the parameters that are not built.
func unbuilt(in *api.StartAutomationExecutionInput) error {
	for _, p := range []struct {
		name  string
		given bool
	}{
		{"Mode Interactive", wire.Text(in.Mode) == api.ExecutionModeInteractive}, {"AlarmConfiguration", in.AlarmConfiguration != nil},
		{"MaxConcurrency", in.MaxConcurrency != nil}, {"MaxErrors", in.MaxErrors != nil}, {"TargetLocations", in.TargetLocations != nil},
		{"TargetLocationsURL", in.TargetLocationsURL != nil}, {"TargetMaps", in.TargetMaps != nil},
		{"TargetParameterName", in.TargetParameterName != nil}, {"Targets", in.Targets != nil},
	} {
		if p.given {
			return unfit("The parameter %s is not built in this version of Vauban. Start one execution for each target.", p.name)
		}
	}
	return nil
}

// startExecution tries the role first, which no transaction can wait for.
func (s *Service) startExecution(c *service.Call, in *api.StartAutomationExecutionInput) (*api.StartAutomationExecutionOutput, error) {
	if err := unbuilt(in); err != nil {
		return nil, err
	}
	st := foundIn(c).start
	if st.err != nil {
		return nil, st.err
	}
	x, err := s.newExecution(c, st, in)
	if err != nil {
		return nil, err
	}
	out := &api.StartAutomationExecutionOutput{}
	c.Record().Response = out
	return out, c.Commit(func(tx store.Tx) error {
		x := *x
		if now := foundIn(c).start; now.err != nil || now.role != st.role || now.version.Hash != st.version.Hash {
			return api.AutomationDefinitionVersionNotFoundException.New("The document %s was changed in the meantime. Try again.", x.Document)
		}
		again, err := s.repeated(tx, &x)
		if err != nil {
			return err
		}
		if again != nil {
			out.AutomationExecutionId = &again.ID
			return nil
		}
		out.AutomationExecutionId = &x.ID
		if n, err := executions.CountRef(tx, "active", store.K(x.Account, x.Region), maxActive); err != nil {
			return err
		} else if n >= maxActive {
			return api.AutomationExecutionLimitExceededException.New("The number of simultaneously running Automation executions exceeded the allowable limit of %d.", maxActive)
		}
		x.Run = automation.Begin(st.runbook, st.arguments, st.globals, c.Time)
		if err := s.goOn(tx, &x, st.runbook, nil, c.Time, c.Partition); err != nil {
			return err
		}
		if err := s.sealExecution(&x); err != nil {
			return err
		}
		return executions.Insert(tx, &x)
	})
}

// repeated is the execution that the client token has started before, nil for none.
func (s *Service) repeated(tx store.Tx, x *Execution) (*Execution, error) {
	if x.Token == "" {
		return nil, nil
	}
	old, err := s.execution(tx, "token", store.K(x.Account, x.Region, x.Token))
	switch {
	case store.IsAbsent(err):
		return nil, nil
	case err != nil:
		return nil, err
	case old.Document != x.Document || old.Version != x.Version || !maps.EqualFunc(old.Given, x.Given, slices.Equal):
		return nil, api.IdempotentParameterMismatch.New("The client token %s belongs to an execution of another document, or with other parameters.", x.Token)
	}
	return old, nil
}

// newExecution is the execution with an ID, who it acts as, and its parents.
func (s *Service) newExecution(c *service.Call, st *start, in *api.StartAutomationExecutionInput) (*Execution, error) {
	id, err := uuid.NewRandomFromReader(s.Rand)
	if err != nil {
		return nil, fmt.Errorf("random ID: %w", err)
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	x := &Execution{
		Account: c.Account, Region: c.Region, ID: id.String(), Document: st.version.Name, Version: st.version.Number, Runbook: st.version.Runbook,
		Started: c.Time, Given: in.Parameters, By: *c.Caller, Role: st.role, Tags: tags, Token: wire.Text(in.ClientToken), Turn: 1,
	}
	st.globals["automation:EXECUTION_ID"] = x.ID
	if l := lineageOf(c); l != nil {
		if l.depth >= maxNested {
			return nil, api.AutomationExecutionLimitExceededException.New("Automations can start automations %d levels deep at most.", maxNested)
		}
		x.Depth = l.depth + 1
		if l.child {
			x.Parent = l.parent
			if x.Role == "" {
				x.Role = l.role
			}
		}
	}
	if x.Role == "" && x.By.Kind == policy.Service {
		return nil, unfit("A service can start a runbook only with a role: give the runbook an assumeRole.")
	}
	if x.Role != "" {
		if _, err := target.Credentials(c.Door, c, principal, x.arn(c.Partition), x.Account, x.Role, sessionOf(x)); err != nil {
			return nil, unfit("The defined assume role is unable to be assumed.").Because(err)
		}
	}
	return x, nil
}

// sessionOf is the name of the sessions of the execution's role.
func sessionOf(x *Execution) string { return "Automation-" + x.ID }

// childToken makes the start of a child repeatable.
func childToken(x *Execution, attempt string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(x.ID+"\n"+attempt)).String()
}

func versionText(n int64) string { return strconv.FormatInt(n, 10) }
