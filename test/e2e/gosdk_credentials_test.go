package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// user makes a user for as long as the part plays; deleting it is refused when one of its credentials is left.
func (g *goSDK) user(t *testing.T, name string) (user *string, done func()) {
	t.Helper()
	call(t, g.CreateUser, iam.CreateUserInput{UserName: &name})
	return &name, func() { call(t, g.DeleteUser, iam.DeleteUserInput{UserName: &name}) }
}

// with is the server's configuration with the key's credentials.
func (g *goSDK) with(t *testing.T, k *types.AccessKey) aws.Config {
	return g.s.sdk(t, credentials.NewStaticCredentialsProvider(*k.AccessKeyId, *k.SecretAccessKey, ""))
}

func goKeys(t *testing.T, g *goSDK) {
	name, done := g.user(t, "keys")
	k := call(t, g.CreateAccessKey, iam.CreateAccessKeyInput{UserName: name}).AccessKey
	other := call(t, g.CreateAccessKey, iam.CreateAccessKeyInput{UserName: name}).AccessKey
	refused[*types.LimitExceededException](t, "LimitExceeded", g.CreateAccessKey, iam.CreateAccessKeyInput{UserName: name})
	own := sts.NewFromConfig(g.with(t, k))
	want(t, *call(t, own.GetCallerIdentity, sts.GetCallerIdentityInput{}).Arn, g.arn("user/keys"))
	want(t, *call(t, g.GetAccessKeyLastUsed, iam.GetAccessKeyLastUsedInput{AccessKeyId: other.AccessKeyId}).AccessKeyLastUsed.ServiceName, "N/A")
	call(t, g.UpdateAccessKey, iam.UpdateAccessKeyInput{UserName: name, AccessKeyId: k.AccessKeyId, Status: types.StatusTypeInactive})
	pages := iam.NewListAccessKeysPaginator(g, &iam.ListAccessKeysInput{UserName: name, MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListAccessKeysPaginator) (*iam.ListAccessKeysOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.ListAccessKeysOutput) []types.AccessKeyMetadata { return o.AccessKeyMetadata })
	want(t, len(all), 2)
	for _, x := range all {
		want(t, x.Status == types.StatusTypeInactive, *x.AccessKeyId == *k.AccessKeyId)
		call(t, g.DeleteAccessKey, iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: x.AccessKeyId})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.DeleteAccessKey, iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: k.AccessKeyId})
	done()
}

func goPasswords(t *testing.T, g *goSDK) {
	name, done := g.user(t, "passwords")
	call(t, g.UpdateAccountPasswordPolicy, iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(12), RequireNumbers: true, AllowUsersToChangePassword: true})
	policy := call(t, g.GetAccountPasswordPolicy, iam.GetAccountPasswordPolicyInput{}).PasswordPolicy
	want(t, [2]bool{policy.RequireNumbers, policy.RequireSymbols}, [2]bool{true, false})
	want(t, *policy.MinimumPasswordLength, 12)
	refused[*types.PasswordPolicyViolationException](t, "PasswordPolicyViolation", g.CreateLoginProfile, iam.CreateLoginProfileInput{UserName: name, Password: p("too-short")})
	call(t, g.CreateLoginProfile, iam.CreateLoginProfileInput{UserName: name, Password: p("first-Password-1"), PasswordResetRequired: true})
	want(t, call(t, g.GetLoginProfile, iam.GetLoginProfileInput{UserName: name}).LoginProfile.PasswordResetRequired, true)
	call(t, g.UpdateLoginProfile, iam.UpdateLoginProfileInput{UserName: name, PasswordResetRequired: aws.Bool(false)})
	want(t, call(t, g.GetLoginProfile, iam.GetLoginProfileInput{UserName: name}).LoginProfile.PasswordResetRequired, false)
	k := call(t, g.CreateAccessKey, iam.CreateAccessKeyInput{UserName: name}).AccessKey
	own := iam.NewFromConfig(g.with(t, k))
	call(t, own.ChangePassword, iam.ChangePasswordInput{OldPassword: p("first-Password-1"), NewPassword: p("second-Password-2")})
	call(t, g.DeleteAccessKey, iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: k.AccessKeyId})
	call(t, g.DeleteLoginProfile, iam.DeleteLoginProfileInput{UserName: name})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetLoginProfile, iam.GetLoginProfileInput{UserName: name})
	call(t, g.DeleteAccountPasswordPolicy, iam.DeleteAccountPasswordPolicyInput{})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetAccountPasswordPolicy, iam.GetAccountPasswordPolicyInput{})
	done()
}

func goMFA(t *testing.T, g *goSDK) {
	name, done := g.user(t, "mfa")
	made := call(t, g.CreateVirtualMFADevice, iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: p("phone"), Path: p("/go/")}).VirtualMFADevice
	serial := made.SerialNumber
	want(t, *serial, g.arn("mfa/go/phone"))
	code := func(steps int) *string {
		c, err := totp(string(made.Base32StringSeed), steps)
		if err != nil {
			t.Fatal(err)
		}
		return &c
	}
	enable := iam.EnableMFADeviceInput{UserName: name, SerialNumber: serial, AuthenticationCode1: code(0), AuthenticationCode2: code(-1)}
	refused[*types.InvalidAuthenticationCodeException](t, "InvalidAuthenticationCode", g.EnableMFADevice, enable)
	enable.AuthenticationCode1, enable.AuthenticationCode2 = code(-1), code(0)
	call(t, g.EnableMFADevice, enable)
	wantNames(t, call(t, g.ListMFADevices, iam.ListMFADevicesInput{UserName: name}).MFADevices, func(d types.MFADevice) *string { return d.SerialNumber }, *serial)
	want(t, *call(t, g.GetMFADevice, iam.GetMFADeviceInput{UserName: name, SerialNumber: serial}).UserName, *name)
	resync := iam.ResyncMFADeviceInput{UserName: name, SerialNumber: serial, AuthenticationCode1: code(2), AuthenticationCode2: code(3)}
	call(t, g.ResyncMFADevice, resync)
	refused[*types.InvalidAuthenticationCodeException](t, "InvalidAuthenticationCode", g.ResyncMFADevice, resync) // no code is taken twice
	call(t, g.TagMFADevice, iam.TagMFADeviceInput{SerialNumber: serial, Tags: tagged})
	call(t, g.UntagMFADevice, iam.UntagMFADeviceInput{SerialNumber: serial, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListMFADeviceTags, iam.ListMFADeviceTagsInput{SerialNumber: serial}).Tags)
	refused[*types.DeleteConflictException](t, "DeleteConflict", g.DeleteVirtualMFADevice, iam.DeleteVirtualMFADeviceInput{SerialNumber: serial})
	call(t, g.DeactivateMFADevice, iam.DeactivateMFADeviceInput{UserName: name, SerialNumber: serial})
	call(t, g.CreateVirtualMFADevice, iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: p("watch"), Path: p("/go/")})
	pages := iam.NewListVirtualMFADevicesPaginator(g, &iam.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeUnassigned, MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListVirtualMFADevicesPaginator) (*iam.ListVirtualMFADevicesOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.ListVirtualMFADevicesOutput) []types.VirtualMFADevice { return o.VirtualMFADevices })
	wantNames(t, all, func(d types.VirtualMFADevice) *string { return d.SerialNumber }, *serial, g.arn("mfa/go/watch"))
	for _, d := range all {
		call(t, g.DeleteVirtualMFADevice, iam.DeleteVirtualMFADeviceInput{SerialNumber: d.SerialNumber})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.ListMFADeviceTags, iam.ListMFADeviceTagsInput{SerialNumber: serial})
	done()
}

// goUploads drives signing certificates and SSH public keys.
func goUploads(t *testing.T, g *goSDK) {
	name, done := g.user(t, "uploads")
	cert := call(t, g.UploadSigningCertificate, iam.UploadSigningCertificateInput{UserName: name, CertificateBody: &g.material.certificate}).Certificate
	refused[*types.MalformedCertificateException](t, "MalformedCertificate", g.UploadSigningCertificate, iam.UploadSigningCertificateInput{UserName: name, CertificateBody: p("nonsense")})
	call(t, g.UpdateSigningCertificate, iam.UpdateSigningCertificateInput{UserName: name, CertificateId: cert.CertificateId, Status: types.StatusTypeInactive})
	certs := call(t, g.ListSigningCertificates, iam.ListSigningCertificatesInput{UserName: name}).Certificates
	wantNames(t, certs, func(c types.SigningCertificate) *string { return c.CertificateId }, *cert.CertificateId)
	want(t, certs[0].Status, types.StatusTypeInactive)
	call(t, g.DeleteSigningCertificate, iam.DeleteSigningCertificateInput{UserName: name, CertificateId: cert.CertificateId})
	want(t, len(call(t, g.ListSigningCertificates, iam.ListSigningCertificatesInput{UserName: name}).Certificates), 0)

	upload := iam.UploadSSHPublicKeyInput{UserName: name, SSHPublicKeyBody: &g.material.sshKey}
	id := call(t, g.UploadSSHPublicKey, upload).SSHPublicKey.SSHPublicKeyId
	refused[*types.DuplicateSSHPublicKeyException](t, "DuplicateSSHPublicKey", g.UploadSSHPublicKey, upload)
	call(t, g.UpdateSSHPublicKey, iam.UpdateSSHPublicKeyInput{UserName: name, SSHPublicKeyId: id, Status: types.StatusTypeInactive})
	get := iam.GetSSHPublicKeyInput{UserName: name, SSHPublicKeyId: id, Encoding: types.EncodingTypeSsh}
	got := call(t, g.GetSSHPublicKey, get).SSHPublicKey
	want(t, got.Status, types.StatusTypeInactive)
	want(t, strings.HasPrefix(*got.SSHPublicKeyBody, g.material.sshKey), true)
	wantNames(t, call(t, g.ListSSHPublicKeys, iam.ListSSHPublicKeysInput{UserName: name}).SSHPublicKeys, func(k types.SSHPublicKeyMetadata) *string { return k.SSHPublicKeyId }, *id)
	call(t, g.DeleteSSHPublicKey, iam.DeleteSSHPublicKeyInput{UserName: name, SSHPublicKeyId: id})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetSSHPublicKey, get)
	done()
}

func goServiceSpecific(t *testing.T, g *goSDK) {
	name, done := g.user(t, "specific")
	made := call(t, g.CreateServiceSpecificCredential, iam.CreateServiceSpecificCredentialInput{UserName: name, ServiceName: p("codecommit.amazonaws.com")}).ServiceSpecificCredential
	reset := iam.ResetServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId}
	again := call(t, g.ResetServiceSpecificCredential, reset).ServiceSpecificCredential
	want(t, *again.ServiceUserName, *made.ServiceUserName)
	want(t, *again.ServicePassword == *made.ServicePassword, false)
	call(t, g.UpdateServiceSpecificCredential, iam.UpdateServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId, Status: types.StatusTypeInactive})
	all := call(t, g.ListServiceSpecificCredentials, iam.ListServiceSpecificCredentialsInput{UserName: name}).ServiceSpecificCredentials
	wantNames(t, all, func(c types.ServiceSpecificCredentialMetadata) *string { return c.ServiceSpecificCredentialId }, *made.ServiceSpecificCredentialId)
	want(t, all[0].Status, types.StatusTypeInactive)
	call(t, g.DeleteServiceSpecificCredential, iam.DeleteServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.ResetServiceSpecificCredential, reset)
	done()
}
