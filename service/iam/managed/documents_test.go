package managed

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vauban/engine/glob"
	"vauban/engine/policy"
)

func TestDocumentsAreValid(t *testing.T) {
	for _, p := range All() {
		if _, err := policy.Validate(policy.IdentityPolicy, []byte(p.JSON), policy.Checks{}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// grantsWrites are read-only policies that grant something which the Service Authorization Reference does not call reading, and why.
var grantsWrites = map[string]map[string]string{
	"AWSDirectoryServiceDataReadOnlyAccess": {"ds:AccessDSData": "opens the door for the actions of ds-data, of which only those that read are granted"},
}

// handsOut are actions that read secrets or credentials, and the read-only policies that are for just that.
var handsOut = map[string][]string{
	"secretsmanager:GetSecretValue":              nil,
	"secretsmanager:BatchGetSecretValue":         nil,
	"sts:GetSessionToken":                        nil,
	"sts:GetServiceBearerToken":                  nil,
	"cognito-identity:GetCredentialsForIdentity": nil,
	"cognito-identity:GetOpenIdToken":            nil,
	"ecr:GetAuthorizationToken":                  {"AmazonEC2ContainerRegistryReadOnly"}, // pulling images is what the policy is for
	"ecr-public:GetAuthorizationToken":           nil,
	"codeartifact:GetAuthorizationToken":         nil,
	"ec2:GetPasswordData":                        nil,
	"lightsail:GetInstanceAccessDetails":         nil,
	"wafv2:GetDecryptedAPIKey":                   nil,
	"sso-directory:ListBearerTokens":             nil,
	"acm:ExportCertificate":                      nil,
}

func readOnly(p *Policy) bool {
	return strings.Contains(p.Name, "ReadOnly") || p.Name == "ViewOnlyAccess" || p.Name == "SecurityAudit"
}

func TestDocumentsAgainstTheAuthorizationReference(t *testing.T) {
	reference := readReference(t)
	for _, p := range All() {
		doc, err := policy.Parse([]byte(p.JSON))
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		for _, s := range doc.Statements {
			for _, e := range slices.Concat(s.Action, s.NotAction) {
				if e.Text == "*" {
					continue
				}
				matched := reference.matching(e.Text)
				if len(matched) == 0 {
					t.Errorf("%s: %s matches no action", p.Name, e.Text)
				}
				if s.Effect == policy.Allow && readOnly(p) {
					checkReads(t, p, reference, e.Text, matched)
				}
			}
		}
	}
}

func checkReads(t *testing.T, p *Policy, r reference, pattern string, matched []string) {
	t.Helper()
	for _, action := range matched {
		if level := r.level(action); level != "R" && level != "L" && grantsWrites[p.Name][action] == "" {
			t.Errorf("%s: %s grants %s, which is %s", p.Name, pattern, action, level)
		}
		if allowed, secret := handsOut[action]; secret && !slices.Contains(allowed, p.Name) {
			t.Errorf("%s: %s grants %s, which hands out secrets", p.Name, pattern, action)
		}
	}
}

// reference is the access level of every action by service: R, L, W, "Tagging, Write" or "Permissions management, Write".
type reference map[string]map[string]string

func (r reference) level(action string) string {
	service, name, _ := strings.Cut(action, ":")
	return r[service][name]
}

func (r reference) matching(pattern string) (out []string) {
	g := glob.Compile(strings.ToLower(pattern))
	service, _, _ := strings.Cut(pattern, ":")
	for name := range r[service] {
		if action := service + ":" + name; g.Match(strings.ToLower(action)) {
			out = append(out, action)
		}
	}
	return out
}

func readReference(t *testing.T) reference {
	t.Helper()
	models := os.Getenv("VAUBAN_MODELS")
	if models == "" {
		t.Skip("VAUBAN_MODELS is unset: the authorization reference lies beside the models")
	}
	f, err := os.Open(filepath.Join(models, "..", "authz", "authz-all.json.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no authorization reference beside the models")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Services map[string]struct {
			Actions map[string][]json.RawMessage
		}
	}
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	out := reference{}
	for service, s := range all.Services {
		out[service] = map[string]string{}
		for action, row := range s.Actions {
			var level string
			if err := json.Unmarshal(row[0], &level); err != nil {
				t.Fatal(err)
			}
			out[service][action] = level
		}
	}
	return out
}
