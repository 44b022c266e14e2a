package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"vauban/api/kms"
	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Sealed is an environment at rest: always sealed under the ring of this deployment, and with a key of KMS encrypted by that before.
type Sealed struct {
	ID   string // what it is bound to
	Data []byte
	KMS  bool `json:",omitempty"`
}

const environmentTable = "lambda.environment"

var variableName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)

// reserved are the variables that Lambda sets itself. Developer guide: "Defined runtime environment variables".
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

// checkVariables refuses an environment that cannot be given to code.
func checkVariables(variables map[string]string) error {
	var taken []string
	for _, k := range slices.Sorted(maps.Keys(variables)) {
		switch {
		case slices.Contains(reserved, k):
			taken = append(taken, k)
		case !variableName.MatchString(k), strings.ContainsRune(variables[k], 0):
			return invalid("1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")
		}
	}
	if len(taken) > 0 {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(taken, ", "))
	}
	text, err := json.Marshal(variables)
	if err != nil {
		return err
	}
	if len(text) > environmentBytes {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %d bytes", len(text))
	}
	if n, ok := variables[variableNetwork]; ok && n != networkAPI {
		return invalid("%s can only be %q: a function reaches nothing but the API.", variableNetwork, networkAPI)
	}
	return nil
}

// setEnvironment seals an environment for the version. With a key, KMS encrypts it in the caller's name, and a grant lets the execution role decrypt it.
// Developer guide: "Securing Lambda environment variables".
func (s *Service) setEnvironment(c *service.Call, f *Function, v *Config, variables map[string]string) error {
	v.Environment, v.Network = nil, false
	if len(variables) == 0 {
		return nil
	}
	if err := checkVariables(variables); err != nil {
		return err
	}
	plain, err := json.Marshal(variables)
	if err != nil {
		return err
	}
	e := &Sealed{KMS: v.Key != ""}
	if e.ID, err = s.newID(); err != nil {
		return err
	}
	if e.KMS {
		if plain, err = s.encrypt(c, f, v, plain); err != nil {
			return err
		}
	}
	if e.Data, err = s.Seal.Seal(environmentTable, store.K(e.ID), plain); err != nil {
		return fmt.Errorf("seal an environment: %w", err)
	}
	v.Environment, v.Network = e, variables[variableNetwork] == networkAPI
	return nil
}

func contextOf(f *Function) map[string]string {
	return map[string]string{"aws:lambda:FunctionArn": f.arn()}
}

// encrypt asks KMS in the caller's name, who needs kms:Encrypt and kms:CreateGrant.
func (s *Service) encrypt(c *service.Call, f *Function, v *Config, plain []byte) ([]byte, error) {
	as := service.AsCaller(principal)
	out, err := c.Door.Call(c, as, "kms", "Encrypt", &kms.EncryptInput{KeyId: &v.Key, Plaintext: plain, EncryptionContext: contextOf(f)})
	if err == nil {
		_, err = c.Door.Call(c, as, "kms", "CreateGrant", &kms.CreateGrantInput{
			KeyId: &v.Key, GranteePrincipal: &v.Role, Operations: []string{"Decrypt"}, Constraints: &kms.GrantConstraints{EncryptionContextEquals: contextOf(f)},
		})
	}
	var e *wire.Error
	switch {
	case errors.As(err, &e) && !e.Shape.Fault:
		return nil, invalid("Lambda was unable to configure access to your environment variables because the KMS key is invalid. Please check your KMS key settings. KMS Exception: %s KMS Message: %s", e.Shape.Code, e.Message).Because(err)
	case err != nil:
		return nil, err
	}
	return out.(*kms.EncryptOutput).CiphertextBlob, nil
}

// environment opens the environment of a version. as asks KMS, where the version has a key.
func (s *Service) environment(c *service.Call, door service.Door, as service.Identity, f *Function, v *Config) (map[string]string, error) {
	e := v.Environment
	if e == nil {
		return nil, nil
	}
	plain, err := s.Seal.Open(environmentTable, store.K(e.ID), e.Data)
	if err != nil {
		return nil, fmt.Errorf("open the environment of %s: %w", f.arn(), err)
	}
	if e.KMS {
		out, err := door.Call(c, as, "kms", "Decrypt", &kms.DecryptInput{CiphertextBlob: plain, EncryptionContext: contextOf(f)})
		if err != nil {
			return nil, err
		}
		plain = out.(*kms.DecryptOutput).Plaintext
	}
	var m map[string]string
	return m, json.Unmarshal(plain, &m)
}

// shownEnvironment is what the caller of a call may see: with a key of KMS only who may decrypt.
func (s *Service) shownEnvironment(c *service.Call, f *Function, v *Config) *api.EnvironmentResponse {
	if v.Environment == nil {
		return nil
	}
	m, err := s.environment(c, c.Door, service.AsCaller(principal), f, v)
	var e *wire.Error
	switch {
	case err == nil:
		return &api.EnvironmentResponse{Variables: m}
	case errors.As(err, &e):
		return &api.EnvironmentResponse{Error: &api.EnvironmentError{ErrorCode: &e.Shape.Code, Message: new("Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. KMS Exception: " + e.Shape.Code + " KMS Message: " + e.Message)}}
	}
	return &api.EnvironmentResponse{Error: &api.EnvironmentError{ErrorCode: new("InternalFailure"), Message: new("The environment could not be opened.")}}
}

// ofKMS puts a refusal of KMS at an invocation into Lambda's errors.
func ofKMS(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	shape := map[string]*wire.ErrorShape{
		"AccessDeniedException": api.KMSAccessDeniedException, "NotFoundException": api.KMSNotFoundException, "DisabledException": api.KMSDisabledException,
		"KMSInvalidStateException": api.KMSInvalidStateException,
	}[e.Shape.Shape]
	if shape == nil {
		return err
	}
	return shape.New("Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's KMS key settings. KMS Exception: %s KMS Message: %s", e.Shape.Code, e.Message).With("Type", "User").Because(err)
}

// sha256Text is how Lambda writes the digest of a package.
func sha256Text(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }
