package lambda

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// CodeSigning says whose signatures packages must carry. Developer guide: "Using code signing to verify code integrity with Lambda".
type CodeSigning struct {
	Account, Region, ID string // ID is "csc-" and 17 characters

	Description string   `json:",omitempty"`
	Publishers  []string // ARNs of versions of signing profiles
	Enforce     bool     `json:",omitempty"` // else Warn
	Modified    time.Time
	Tags        map[string]string `json:",omitempty"`
}

var codeSignings = &store.Table[CodeSigning]{
	Name: "lambda.codesigning",
	Key:  func(x *CodeSigning) store.Key { return store.K(x.Account, x.Region, x.ID) },
}

func (s *Service) codeSigningOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateCodeSigningConfig, onNewCodeSigning, s.createCodeSigning),
		service.Reads(api.OpGetCodeSigningConfig, onCodeSigning(func(in *api.GetCodeSigningConfigInput) *string { return in.CodeSigningConfigArn }), s.getCodeSigning),
		service.Writes(api.OpUpdateCodeSigningConfig, onCodeSigning(func(in *api.UpdateCodeSigningConfigInput) *string { return in.CodeSigningConfigArn }), s.updateCodeSigning),
		service.Writes(api.OpDeleteCodeSigningConfig, onCodeSigning(func(in *api.DeleteCodeSigningConfigInput) *string { return in.CodeSigningConfigArn }), s.deleteCodeSigning),
		service.Reads(api.OpListCodeSigningConfigs, onAny[api.ListCodeSigningConfigsInput], s.listCodeSignings),
		service.Reads(api.OpListFunctionsByCodeSigningConfig, onCodeSigning(func(in *api.ListFunctionsByCodeSigningConfigInput) *string { return in.CodeSigningConfigArn }), s.listSigned),
		service.Writes(api.OpPutFunctionCodeSigningConfig, s.onSigning, s.putSigning),
		service.Reads(api.OpGetFunctionCodeSigningConfig, onWhole(s, func(in *api.GetFunctionCodeSigningConfigInput) *string { return in.FunctionName }), s.getSigning),
		service.Writes(api.OpDeleteFunctionCodeSigningConfig, onWhole(s, func(in *api.DeleteFunctionCodeSigningConfigInput) *string { return in.FunctionName }), s.deleteSigning),
	}
}

const codeSigningPart = ":code-signing-config:"

func codeSigningARN(account, region, id string) string {
	return "arn:aws:lambda:" + region + ":" + account + codeSigningPart + id
}

func (x *CodeSigning) arn() string { return codeSigningARN(x.Account, x.Region, x.ID) }

func (x *CodeSigning) shown() *api.CodeSigningConfig {
	policy := api.CodeSigningPolicyWarn
	if x.Enforce {
		policy = api.CodeSigningPolicyEnforce
	}
	return &api.CodeSigningConfig{
		CodeSigningConfigArn: new(x.arn()), CodeSigningConfigId: &x.ID, Description: &x.Description, LastModified: stamp(x.Modified),
		AllowedPublishers: &api.AllowedPublishers{SigningProfileVersionArns: x.Publishers}, CodeSigningPolicies: &api.CodeSigningPolicies{UntrustedArtifactOnDeployment: &policy},
	}
}

func onNewCodeSigning(c *service.Call, in *api.CreateCodeSigningConfigInput) ([]service.Question, error) {
	q := service.Question{Resource: codeSigningARN(c.Account, c.Region, "*"), Context: map[string][]string{}}
	service.RequestTags(q.Context, service.TagMap(in.Tags))
	return []service.Question{q}, nil
}

// signingOf looks a configuration up by its ARN, and asks about it; nil when there is none.
func signingOf(c *service.Call, text *string) (*CodeSigning, service.Question, error) {
	a := wire.Text(text)
	q := service.Question{Resource: a, Context: map[string][]string{}}
	before, id, _ := strings.Cut(a, codeSigningPart)
	if before+codeSigningPart != codeSigningARN(c.Account, c.Region, "") {
		return nil, q, invalid("The code signing configuration %s is not one of this account in %s.", bounded(a, 200), c.Region)
	}
	x, err := codeSignings.Get(c.Tx, store.K(c.Account, c.Region, id))
	if store.IsAbsent(err) {
		return nil, q, nil
	}
	if err != nil {
		return nil, q, err
	}
	service.ResourceTags(q.Context, service.TagMap(x.Tags))
	return x, q, nil
}

func onCodeSigning[In any](name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		x, q, err := signingOf(c, name(in))
		c.Found = x
		return []service.Question{q}, err
	}
}

func codeSigningFound(c *service.Call, text *string) (*CodeSigning, error) {
	if x, _ := c.Found.(*CodeSigning); x != nil {
		return x, nil
	}
	return nil, missing("The Lambda code signing configuration %s can not be found.", wire.Text(text))
}

// publisher is the ARN of a version of a signing profile of AWS Signer.
var publisher = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:signer:[a-z0-9-]+:\d{12}:/signing-profiles/[A-Za-z0-9_]{2,64}/[A-Za-z0-9]{10}$`)

// apply puts what a call asks for into the configuration.
func (x *CodeSigning) apply(c *service.Call, description *string, p *api.AllowedPublishers, policies *api.CodeSigningPolicies) error {
	if p != nil {
		for _, a := range p.SigningProfileVersionArns {
			if !publisher.MatchString(a) {
				return invalid("%s is not the ARN of a version of a signing profile: arn:aws:signer:REGION:ACCOUNT:/signing-profiles/NAME/VERSION.", bounded(a, 200))
			}
		}
		x.Publishers = p.SigningProfileVersionArns
	}
	if policies != nil && policies.UntrustedArtifactOnDeployment != nil {
		x.Enforce = *policies.UntrustedArtifactOnDeployment == api.CodeSigningPolicyEnforce
	}
	if description != nil {
		x.Description = *description
	}
	x.Modified = c.Time
	return nil
}

func (s *Service) createCodeSigning(c *service.Call, in *api.CreateCodeSigningConfigInput) (*api.CreateCodeSigningConfigOutput, error) {
	id, err := s.codeSigningID()
	if err != nil {
		return nil, err
	}
	x := &CodeSigning{Account: c.Account, Region: c.Region, ID: id}
	if err := x.apply(c, in.Description, in.AllowedPublishers, in.CodeSigningPolicies); err != nil {
		return nil, err
	}
	if x.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	return &api.CreateCodeSigningConfigOutput{CodeSigningConfig: x.shown()}, codeSignings.Insert(c.Tx, x)
}

func (s *Service) codeSigningID() (string, error) {
	const letters = "0123456789abcdef"
	var b [17]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	for i := range b {
		b[i] = letters[b[i]%16]
	}
	return "csc-" + string(b[:]), nil
}

func (s *Service) getCodeSigning(c *service.Call, in *api.GetCodeSigningConfigInput) (*api.GetCodeSigningConfigOutput, error) {
	x, err := codeSigningFound(c, in.CodeSigningConfigArn)
	if err != nil {
		return nil, err
	}
	return &api.GetCodeSigningConfigOutput{CodeSigningConfig: x.shown()}, nil
}

func (s *Service) updateCodeSigning(c *service.Call, in *api.UpdateCodeSigningConfigInput) (*api.UpdateCodeSigningConfigOutput, error) {
	x, err := codeSigningFound(c, in.CodeSigningConfigArn)
	if err != nil {
		return nil, err
	}
	if err := x.apply(c, in.Description, in.AllowedPublishers, in.CodeSigningPolicies); err != nil {
		return nil, err
	}
	return &api.UpdateCodeSigningConfigOutput{CodeSigningConfig: x.shown()}, codeSignings.Update(c.Tx, x)
}

func (s *Service) deleteCodeSigning(c *service.Call, in *api.DeleteCodeSigningConfigInput) (*api.DeleteCodeSigningConfigOutput, error) {
	x, err := codeSigningFound(c, in.CodeSigningConfigArn)
	if err != nil {
		return nil, err
	}
	used, err := functions.HasRef(c.Tx, "signing", store.K(x.arn()))
	if err != nil {
		return nil, err
	}
	if used {
		return nil, conflict("The code signing configuration %s is used by functions: delete it from them first.", x.arn())
	}
	return &api.DeleteCodeSigningConfigOutput{}, codeSignings.Delete(c.Tx, codeSignings.Key(x))
}

func (s *Service) listCodeSignings(c *service.Call, in *api.ListCodeSigningConfigsInput) (*api.ListCodeSigningConfigsOutput, error) {
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListCodeSigningConfigs", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListCodeSigningConfigsOutput{CodeSigningConfigs: []api.CodeSigningConfig{}}
	out.NextMarker, err = visit(p, c.Tx, codeSignings, store.K(c.Account, c.Region), func(x *CodeSigning) bool {
		out.CodeSigningConfigs = append(out.CodeSigningConfigs, *x.shown())
		return true
	})
	return out, err
}

func (s *Service) listSigned(c *service.Call, in *api.ListFunctionsByCodeSigningConfigInput) (*api.ListFunctionsByCodeSigningConfigOutput, error) {
	x, err := codeSigningFound(c, in.CodeSigningConfigArn)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListFunctionsByCodeSigningConfig", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListFunctionsByCodeSigningConfigOutput{FunctionArns: []string{}}
	list, err := functions.ListRef(c.Tx, "signing", store.K(x.arn()), p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	for _, f := range list.Items {
		out.FunctionArns = append(out.FunctionArns, f.arn())
	}
	if list.Next != nil {
		out.NextMarker, err = p.Token(list.Next)
	}
	return out, err
}
