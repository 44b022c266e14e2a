package lambda

import (
	"strconv"
	"strings"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
)

func (s *Service) permissionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpAddPermission, s.onPermission, s.addPermission),
		service.Writes(api.OpRemovePermission, on(s, func(in *api.RemovePermissionInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.removePermission),
		service.Reads(api.OpGetPolicy, on(s, func(in *api.GetPolicyInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.getPolicy),
	}
}

func (s *Service) onPermission(c *service.Call, in *api.AddPermissionInput) ([]service.Question, error) {
	qs, err := on(s, func(in *api.AddPermissionInput) (f, q *string) { return in.FunctionName, in.Qualifier })(c, in)
	if err != nil {
		return nil, err
	}
	qs[0].Context["lambda:Principal"] = []string{wire.Text(in.Principal)}
	if in.FunctionUrlAuthType != nil {
		qs[0].Context["lambda:FunctionUrlAuthType"] = []string{*in.FunctionUrlAuthType}
	}
	return qs, nil
}

func badPrincipal() *wire.Error {
	return invalid("The provided principal was invalid. Please check the principal and try again.")
}

// principalOf writes a principal as policies do.
func principalOf(text string) (any, error) {
	switch {
	case text == "*":
		return "*", nil
	case arn.IsAccount(text):
		return map[string]string{"AWS": "arn:aws:iam::" + text + ":root"}, nil
	case strings.HasPrefix(text, "arn:"):
		return map[string]string{"AWS": text}, nil
	case strings.HasSuffix(text, ".amazonaws.com") && !strings.ContainsAny(text, " /:"):
		return map[string]string{"Service": text}, nil
	}
	return nil, badPrincipal()
}

func (s *Service) addPermission(c *service.Call, in *api.AddPermissionInput) (*api.AddPermissionOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if x.name.qualifier == latest {
		return nil, invalid("We currently do not support adding policies for $LATEST.")
	}
	if err := stale(in.RevisionId, x.revision(), "GetPolicy"); err != nil {
		return nil, err
	}
	st := &service.Statement{Sid: wire.Text(in.StatementId), Effect: "Allow", Action: service.OneOrMore{wire.Text(in.Action)}, Resource: x.name.arn(), Condition: map[string]map[string]string{}}
	if st.Principal, err = principalOf(wire.Text(in.Principal)); err != nil {
		return nil, err
	}
	when := func(operator, key string, value *string) {
		if value == nil || *value == "" {
			return
		}
		if st.Condition[operator] == nil {
			st.Condition[operator] = map[string]string{}
		}
		st.Condition[operator][key] = *value
	}
	when("StringEquals", "AWS:SourceAccount", in.SourceAccount)
	when("StringEquals", "aws:PrincipalOrgID", in.PrincipalOrgID)
	when("StringEquals", "lambda:EventSourceToken", in.EventSourceToken)
	when("StringEquals", "lambda:FunctionUrlAuthType", in.FunctionUrlAuthType)
	when("ArnLike", "AWS:SourceArn", in.SourceArn)
	if in.InvokedViaFunctionUrl != nil {
		when("Bool", "lambda:InvokedViaFunctionUrl", new(strconv.FormatBool(*in.InvokedViaFunctionUrl)))
	}
	p, text, err := s.add(c.Tx, x.policy(), st)
	if err != nil {
		return nil, err
	}
	return &api.AddPermissionOutput{Statement: &text}, s.setPolicy(c, x, p)
}

// revision is that of what the call is about.
func (x *subject) revision() string {
	if x.alias != nil {
		return x.alias.Revision
	}
	return x.config.Revision
}

// setPolicy stores the policy of what the call is about.
func (s *Service) setPolicy(c *service.Call, x *subject, p Policy) error {
	revision, err := s.newUUID()
	if err != nil {
		return err
	}
	*x.policy() = p
	switch {
	case x.alias != nil:
		x.alias.Revision = revision
		return aliases.Update(c.Tx, x.alias)
	case x.version != nil:
		x.version.Config.Revision = revision
		return versions.Update(c.Tx, x.version)
	}
	x.function.Latest.Revision = revision
	return functions.Update(c.Tx, x.function)
}

func noPolicy(x *subject) *wire.Error {
	return missing("No policy found for: %s", x.name.arn())
}

func (s *Service) removePermission(c *service.Call, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if x.name.qualifier == latest { // it would be the function's own policy
		return nil, invalid("We currently do not support removing policies for $LATEST.")
	}
	if x.policy().Text == "" {
		return nil, noPolicy(x)
	}
	if err := stale(in.RevisionId, x.revision(), "GetPolicy"); err != nil {
		return nil, err
	}
	p, err := s.remove(c.Tx, x.policy(), wire.Text(in.StatementId))
	if err != nil {
		return nil, err
	}
	return &api.RemovePermissionOutput{}, s.setPolicy(c, x, p)
}

func (s *Service) getPolicy(c *service.Call, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if x.policy().Text == "" {
		return nil, missing("The resource you requested does not exist.")
	}
	text, err := s.written(c.Tx, x.policy())
	return &api.GetPolicyOutput{Policy: &text, RevisionId: new(x.revision())}, err
}
