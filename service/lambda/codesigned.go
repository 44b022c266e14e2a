package lambda

import (
	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// This file holds functions to the code signing configurations that they have. There is no AWS Signer here: no package has a signature of a profile that could be
// verified, so each is one whose signature does not match. Enforce refuses it, Warn deploys it and tells.

// onSigning asks about the function and about the configuration.
func (s *Service) onSigning(c *service.Call, in *api.PutFunctionCodeSigningConfigInput) ([]service.Question, error) {
	qs, err := onWhole(s, func(in *api.PutFunctionCodeSigningConfigInput) *string { return in.FunctionName })(c, in)
	if err != nil {
		return nil, err
	}
	a := wire.Text(in.CodeSigningConfigArn)
	aboutSigning(&qs[0], a)
	_, q, err := signingOf(c, &a)
	aboutSigning(&q, a)
	return append(qs, q), err
}

// aboutSigning adds the condition key of a code signing configuration.
func aboutSigning(q *service.Question, config string) {
	if config != "" {
		q.Context["lambda:CodeSigningConfigArn"] = []string{config}
	}
}

// signing is the configuration that a function has or is to have; nil for none.
func signing(tx store.Tx, f *Function) (*CodeSigning, error) {
	if f.Signing == "" {
		return nil, nil
	}
	id := f.Signing[len(codeSigningARN(f.Account, f.Region, "")):]
	x, err := codeSignings.Get(tx, store.K(f.Account, f.Region, id))
	if store.IsAbsent(err) {
		return nil, noSigning(f.Signing)
	}
	return x, err
}

func noSigning(a string) error {
	return user(api.CodeSigningConfigNotFoundException.New("The code signing configuration cannot be found. Check that the provided configuration is not deleted: %s.", a))
}

func (s *Service) putSigning(c *service.Call, in *api.PutFunctionCodeSigningConfigInput) (*api.PutFunctionCodeSigningConfigOutput, error) {
	x, _, err := signingOf(c, in.CodeSigningConfigArn)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, noSigning(*in.CodeSigningConfigArn)
	}
	f, err := ownLatest(c, nil)
	if err != nil {
		return nil, err
	}
	f.function.Signing = x.arn()
	return &api.PutFunctionCodeSigningConfigOutput{CodeSigningConfigArn: new(x.arn()), FunctionName: &f.function.Name}, functions.Update(c.Tx, f.function)
}

func (s *Service) getSigning(c *service.Call, _ *api.GetFunctionCodeSigningConfigInput) (*api.GetFunctionCodeSigningConfigOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	return &api.GetFunctionCodeSigningConfigOutput{FunctionName: &x.function.Name, CodeSigningConfigArn: wire.Optional(x.function.Signing)}, nil
}

func (s *Service) deleteSigning(c *service.Call, _ *api.DeleteFunctionCodeSigningConfigInput) (*api.DeleteFunctionCodeSigningConfigOutput, error) {
	x, err := ownLatest(c, nil)
	if err != nil {
		return nil, err
	}
	x.function.Signing = ""
	return &api.DeleteFunctionCodeSigningConfigOutput{}, functions.Update(c.Tx, x.function)
}

// verify holds a package, or the layers that a function did not have, to the function's configuration. It answers whether there is something to warn of.
func verify(tx store.Tx, f *Function) (warn bool, err error) {
	x, err := signing(tx, f)
	if x == nil || err != nil {
		return false, err
	}
	if x.Enforce {
		return false, user(api.CodeVerificationFailedException.New("Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for %s.", f.Name))
	}
	return true, nil
}

// warned tells that code was deployed whose signature does not hold: by a metric once it is deployed, and before in the record of the call.
func (s *Service) warned(f *Function) {
	s.measure(&subject{name: name{account: f.Account, region: f.Region, function: f.Name}, function: f}, "SignatureValidationErrors", 1, "Count")
}

// recordWarning is the warning in the record of a call that deploys, or its absence: a commit that runs again may find another configuration.
func recordWarning(c *service.Call, f *Function, warn bool) {
	more := c.Record().AdditionalData
	delete(more, "codeSigning")
	if !warn {
		return
	}
	if more == nil {
		more = map[string]any{}
	}
	more["codeSigning"] = map[string]any{
		"codeSigningConfigArn": f.Signing, "untrustedArtifactOnDeployment": api.CodeSigningPolicyWarn, "signatureValidationError": "signature mismatch",
	}
	c.Record().AdditionalData = more
}

// newLayers reports whether layers are among those asked for that the function did not have.
func (c *Config) newLayers(asked []LayerUse) bool {
	for _, l := range asked {
		known := false
		for _, have := range c.Layers {
			known = known || have.ARN == l.ARN && have.Code.ID == l.Code.ID
		}
		if !known {
			return true
		}
	}
	return false
}
