package accessanalyzer

import (
	"fmt"
	"strings"

	api "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
	"vauban/service"
)

func (s *Service) checkOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpCheckNoNewAccess, onAll[api.CheckNoNewAccessInput], inTurn(s, s.checkNoNewAccess)).WithoutState(),
		service.Reads(api.OpCheckAccessNotGranted, onAll[api.CheckAccessNotGrantedInput], inTurn(s, s.checkAccessNotGranted)).WithoutState(),
		service.Reads(api.OpCheckNoPublicAccess, onAll[api.CheckNoPublicAccessInput], inTurn(s, s.checkNoPublicAccess)).WithoutState(),
		service.Reads(api.OpValidatePolicy, onAll[api.ValidatePolicyInput], inTurn(s, s.validatePolicy)).WithoutState(),
	}
}

// largestPolicy is more than any policy of AWS may have, in bytes.
const largestPolicy = 64 << 10

// parse reads a policy of a check.
func parse(member, text string, k analysis.Kind) (*policy.Document, error) {
	if len(text) > largestPolicy {
		return nil, api.InvalidParameterException.New("The %s is too long: it has %d bytes, and %d are allowed.", member, len(text), largestPolicy)
	}
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, api.InvalidParameterException.New("The %s is not valid: %s.", member, strings.TrimPrefix(err.Error(), "policy: ")).Because(err)
	}
	for i := range d.Statements {
		named := d.Statements[i].Principal != nil || d.Statements[i].NotPrincipal != nil
		switch {
		case named && k == analysis.Identity:
			return nil, api.InvalidParameterException.New("The %s is not valid: statement %d has a Principal, which identity policies have not.", member, i)
		case !named && k == analysis.Resource:
			return nil, api.InvalidParameterException.New("The %s is not valid: statement %d has no Principal, which resource policies need.", member, i)
		}
	}
	return d, nil
}

func kindOf(policyType string) analysis.Kind {
	if policyType == api.AccessCheckPolicyTypeResourcePolicy {
		return analysis.Resource
	}
	return analysis.Identity
}

// answer is what a check says, in AWS's words.
type answer struct {
	passes, fails string
	reason        string // before "statement with index: 0."
}

// verdict puts a result into words: the outcome, the message and the reasons.
func (a *answer) verdict(r analysis.Result) (pass bool, message string, reasons []api.ReasonSummary, err error) {
	switch r.Verdict {
	case analysis.Pass:
		return true, a.passes, nil, nil
	case analysis.CannotTell:
		return false, "", nil, api.UnprocessableEntityException.New("It cannot be told: %s.", doubts(r.Doubts))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		place := fmt.Sprintf("index: %d", f.Statement)
		if f.Sid != "" {
			place = "sid: " + f.Sid
		}
		reasons = append(reasons, api.ReasonSummary{
			Description: new(a.reason + " statement with " + place + ". For example: " + f.Witness.String() + "."), StatementIndex: new(int64(f.Statement)), StatementId: wire.Optional(f.Sid),
		})
	}
	return false, a.fails, reasons, nil
}

func doubts(list []analysis.Doubt) string {
	var out []string
	for _, d := range list {
		if d.Statement < 0 {
			out = append(out, d.Reason)
		} else {
			out = append(out, fmt.Sprintf("statement %d: %s", d.Statement, d.Reason))
		}
	}
	return strings.Join(out, "; ")
}

func (s *Service) checkNoNewAccess(_ *service.Call, in *api.CheckNoNewAccessInput) (*api.CheckNoNewAccessOutput, error) {
	k := kindOf(*in.PolicyType)
	old, err := parse("existing policy document", *in.ExistingPolicyDocument, k)
	if err != nil {
		return nil, err
	}
	changed, err := parse("new policy document", *in.NewPolicyDocument, k)
	if err != nil {
		return nil, err
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	r, err := analysis.NoNewAccess(old, changed, k, analysis.Options{World: ref.world})
	if err != nil {
		return nil, err
	}
	pass, message, reasons, err := (&answer{
		passes: "The modified permissions do not grant new access compared to your existing policy.",
		fails:  "The modified permissions grant new access compared to your existing policy.",
		reason: "New access in the",
	}).verdict(r)
	if err != nil {
		return nil, err
	}
	return &api.CheckNoNewAccessOutput{Result: new(outcome(pass)), Message: &message, Reasons: reasons}, nil
}

// outcome is the same word in all checks.
func outcome(pass bool) string {
	if pass {
		return api.CheckNoNewAccessResultPass
	}
	return api.CheckNoNewAccessResultFail
}

func (s *Service) checkAccessNotGranted(_ *service.Call, in *api.CheckAccessNotGrantedInput) (*api.CheckAccessNotGrantedOutput, error) {
	k := kindOf(*in.PolicyType)
	d, err := parse("policy document", *in.PolicyDocument, k)
	if err != nil {
		return nil, err
	}
	var list []analysis.Access
	for _, a := range in.Access {
		if len(a.Actions) == 0 && len(a.Resources) == 0 {
			return nil, api.InvalidParameterException.New("The access names neither actions nor resources.")
		}
		for _, name := range a.Actions {
			if prefix, op, ok := strings.Cut(name, ":"); name != "*" && (!ok || prefix == "" || op == "") {
				return nil, api.InvalidParameterException.New("The action %s is not of the form service:action.", name)
			}
		}
		for _, name := range a.Resources {
			if name != "*" && strings.Count(name, ":") < 5 {
				return nil, api.InvalidParameterException.New("The resource %s is neither an ARN nor \"*\".", name)
			}
		}
		list = append(list, analysis.Access{Actions: a.Actions, Resources: a.Resources})
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	r, err := analysis.AccessNotGranted(d, k, list, analysis.Options{World: ref.world})
	if err != nil {
		return nil, err
	}
	pass, message, reasons, err := (&answer{
		passes: "The policy document does not grant access to perform one or more of the listed actions.",
		fails:  "The policy document grants access to perform one or more of the listed actions.",
		reason: "One or more of the listed actions in the",
	}).verdict(r)
	if err != nil {
		return nil, err
	}
	return &api.CheckAccessNotGrantedOutput{Result: new(outcome(pass)), Message: &message, Reasons: reasons}, nil
}

// prefixesOf returns the prefixes of the actions that a policy of the resource type can grant.
func prefixesOf(resourceType string) []string {
	switch resourceType {
	case api.AccessCheckResourceTypeAWSIAMAssumeRolePolicyDocument:
		return []string{"sts"}
	case api.AccessCheckResourceTypeAWSApiGatewayRestApi:
		return []string{"execute-api"}
	case api.AccessCheckResourceTypeAWSEFSFileSystem:
		return []string{"elasticfilesystem"}
	case api.AccessCheckResourceTypeAWSOpenSearchServiceDomain:
		return []string{"es"}
	case api.AccessCheckResourceTypeAWSS3Glacier:
		return []string{"glacier"}
	case api.AccessCheckResourceTypeAWSS3OutpostsBucket, api.AccessCheckResourceTypeAWSS3OutpostsAccessPoint:
		return []string{"s3-outposts"}
	}
	vendor := strings.Split(resourceType, "::")
	return []string{strings.ToLower(vendor[min(1, len(vendor)-1)])}
}

func (s *Service) checkNoPublicAccess(_ *service.Call, in *api.CheckNoPublicAccessInput) (*api.CheckNoPublicAccessOutput, error) {
	d, err := parse("policy document", *in.PolicyDocument, analysis.Resource)
	if err != nil {
		return nil, err
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	r, err := analysis.NoPublicAccess(d, analysis.Options{World: ref.world, Services: prefixesOf(*in.ResourceType)})
	if err != nil {
		return nil, err
	}
	pass, message, reasons, err := (&answer{
		passes: "The resource policy does not grant public access for the given resource type.",
		fails:  "The resource policy grants public access for the given resource type.",
		reason: "Public access granted in the following",
	}).verdict(r)
	if err != nil {
		return nil, err
	}
	return &api.CheckNoPublicAccessOutput{Result: new(outcome(pass)), Message: &message, Reasons: reasons}, nil
}
