package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// plugins finds a directory with the aws provider: $VAUBAN_TF_PLUGINS, or where this kind of machine keeps them. Without one, terraform
// would download it.
func plugins(t *testing.T) string {
	for _, dir := range []string{os.Getenv("VAUBAN_TF_PLUGINS"), "/opt/tf-plugins", "/usr/share/terraform/plugins"} {
		if m, _ := filepath.Glob(filepath.Join(dir, "registry.terraform.io/hashicorp/aws/*")); dir != "" && len(m) > 0 {
			return dir
		}
	}
	t.Skip("SKIP: no terraform provider for aws is installed (set VAUBAN_TF_PLUGINS to a filesystem mirror that holds hashicorp/aws)")
	return ""
}

type terraform struct {
	t        *testing.T
	server   *running
	dir, bin string
	env      []string
}

func newTerraform(t *testing.T, module string, args ...string) *terraform {
	bin := need(t, "terraform", "see terraform.io")
	mirror := plugins(t)
	s := start(t, t.TempDir(), args...)
	dir := t.TempDir()
	src, err := os.ReadFile(filepath.Join("testdata", module+".tf"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("main.tf", string(src))
	write("terraformrc", fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\ndisable_checkpoint = true\n", mirror))
	tf := &terraform{t: t, server: s, dir: dir, bin: bin, env: append(s.env(t), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraformrc"), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_VAR_account="+s.account,
		"TF_VAR_bootstrap="+base64.StdEncoding.EncodeToString(zipped(t, "bootstrap", echoing)))}
	tf.env = append(append(tf.env, newMaterial(t).variables()...), s.named(t)...)
	tf.ok("init", "-no-color", "-input=false")
	return tf
}

// variables are the keys and certificates that the module takes.
func (m material) variables() []string {
	return []string{"TF_VAR_ssh_public_key=" + m.sshKey, "TF_VAR_certificate=" + m.certificate, "TF_VAR_private_key=" + m.key, "TF_VAR_saml_metadata=" + m.saml}
}

func (tf *terraform) ok(args ...string) string {
	tf.t.Helper()
	return run(tf.t, tf.env, tf.dir, tf.bin, args...)
}

// empty fails unless the plan has nothing to do: -detailed-exitcode answers 2 when it has.
func (tf *terraform) empty(args ...string) {
	tf.t.Helper()
	out, err := try(tf.env, tf.dir, tf.bin, append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, args...)...)
	if err != nil {
		tf.t.Errorf("the second plan is not empty: %v\n%s", err, out)
	}
}

// TestTerraformIAM creates, reads, changes and deletes every kind of IAM resource that the provider has.
func TestTerraformIAM(t *testing.T) { wholeLife(t, "iam") }

// TestTerraformOrganizations does the same with an organization.
func TestTerraformOrganizations(t *testing.T) { wholeLife(t, "organizations") }

// TestTerraformAccessAnalyzer does the same with analyzers and archive rules.
func TestTerraformAccessAnalyzer(t *testing.T) { wholeLife(t, "accessanalyzer") }

// TestTerraformLake does the same with event data stores.
func TestTerraformLake(t *testing.T) { wholeLife(t, "lake") }

// TestTerraformKMS does the same with keys, their policies, aliases and grants.
func TestTerraformKMS(t *testing.T) { wholeLife(t, "kms") }

// wholeLife applies a module, changes it, and destroys it. No plan in between may have anything to do.
func wholeLife(t *testing.T, module string) {
	t.Parallel() // most of its time the provider waits for what is there at once
	newTerraform(t, module).wholeLife()
}

func (tf *terraform) wholeLife() {
	tf.t.Helper()
	apply := []string{"apply", "-no-color", "-input=false", "-auto-approve"}
	tf.ok(apply...)
	tf.empty()
	changed := "-var=changed=true"
	if out := tf.ok(append(apply, changed)...); !strings.Contains(out, "changed") {
		tf.t.Errorf("nothing was changed:\n%s", out)
	}
	tf.empty(changed)
	out := tf.ok("destroy", "-no-color", "-input=false", "-auto-approve", changed)
	if !strings.Contains(out, "Destroy complete!") {
		tf.t.Errorf("destroy:\n%s", out)
	}
}

// TestTerraformS3 does the same with buckets, their configurations and objects.
func TestTerraformS3(t *testing.T) { wholeLife(t, "s3") }

// TestTerraformCloudTrail does the same with trails, their buckets and their key.
func TestTerraformCloudTrail(t *testing.T) { wholeLife(t, "cloudtrail") }

// TestTerraformKinds: the kinds that docs/terraform.md calls tested are in the modules that it names.
func TestTerraformKinds(t *testing.T) {
	page, err := os.ReadFile("../../docs/terraform.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range regexp.MustCompile("(?m)^\\| `(aws_\\w+)` \\| (`\\w+\\.tf`.*) \\|$").FindAllStringSubmatch(string(page), -1) {
		for name := range strings.SplitSeq(strings.ReplaceAll(row[2], "`", ""), ", ") {
			module, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil || !strings.Contains(string(module), "resource \""+row[1]+"\" ") {
				t.Errorf("%s is not in %s (%v)", row[1], name, err)
			}
			n++
		}
	}
	if n < 50 {
		t.Errorf("%d kinds are in the table", n)
	}
}
