"""What users prove themselves with: access keys, passwords, MFA devices, certificates, SSH keys and credentials of single services."""
import json

from calls import code, document, pairs, refused, same, tags


def play(aws):
    aws.iam.create_user(UserName="cy")
    keys(aws)
    passwords(aws)
    mfa(aws)
    signing(aws)
    ssh(aws)
    service_specific(aws)
    server_certificates(aws)
    aws.iam.delete_user(UserName="cy")


def keys(aws):
    iam = aws.iam
    made = [iam.create_access_key(UserName="cy")["AccessKey"] for _ in range(2)]
    refused("LimitExceeded", iam.create_access_key, UserName="cy")
    same({k["AccessKeyId"] for k in aws.listed("list_access_keys", "AccessKeyMetadata", UserName="cy")}, {k["AccessKeyId"] for k in made})
    same(iam.get_access_key_last_used(AccessKeyId=made[0]["AccessKeyId"])["AccessKeyLastUsed"]["ServiceName"], "N/A")
    own = aws.client("sts", made[0])
    same(own.get_caller_identity()["Arn"], aws.arn("user/cy"))
    iam.update_access_key(UserName="cy", AccessKeyId=made[0]["AccessKeyId"], Status="Inactive")
    refused("InvalidClientTokenId", own.get_caller_identity)
    for k in made:
        iam.delete_access_key(UserName="cy", AccessKeyId=k["AccessKeyId"])
    refused("NoSuchEntity", iam.delete_access_key, UserName="cy", AccessKeyId=made[0]["AccessKeyId"])
    same(iam.list_access_keys(UserName="cy")["AccessKeyMetadata"], [])


def passwords(aws):
    iam = aws.iam
    refused("NoSuchEntity", iam.get_account_password_policy)
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireNumbers=True, AllowUsersToChangePassword=True)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    same([policy["MinimumPasswordLength"], policy["RequireNumbers"], policy["RequireSymbols"]], [12, True, False])
    refused("PasswordPolicyViolation", iam.create_login_profile, UserName="cy", Password="too-short")
    iam.create_login_profile(UserName="cy", Password="first-Password-1", PasswordResetRequired=True)
    same(iam.get_login_profile(UserName="cy")["LoginProfile"]["PasswordResetRequired"], True)
    iam.update_login_profile(UserName="cy", PasswordResetRequired=False, Password="second-Password-2")
    same(iam.get_login_profile(UserName="cy")["LoginProfile"]["PasswordResetRequired"], False)
    key = iam.create_access_key(UserName="cy")["AccessKey"]
    own = aws.client("iam", key)
    own.change_password(OldPassword="second-Password-2", NewPassword="third-Password-3")
    refused("AccessDenied", own.change_password, OldPassword="second-Password-2", NewPassword="fourth-Password-4")
    refused("EntityAlreadyExists", iam.create_login_profile, UserName="cy", Password="first-Password-1")
    iam.delete_login_profile(UserName="cy")
    refused("NoSuchEntity", iam.get_login_profile, UserName="cy")
    iam.delete_account_password_policy()
    refused("NoSuchEntity", iam.get_account_password_policy)
    iam.delete_access_key(UserName="cy", AccessKeyId=key["AccessKeyId"])


def mfa(aws):
    iam = aws.iam
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/cy/", Tags=tags(team="red"))["VirtualMFADevice"]
    serial, seed = made["SerialNumber"], made["Base32StringSeed"].decode()
    same([serial, made["QRCodePNG"][:4]], [aws.arn("mfa/cy/phone"), b"\x89PNG"])
    who = dict(UserName="cy", SerialNumber=serial)
    refused("InvalidAuthenticationCode", iam.enable_mfa_device, AuthenticationCode1=code(seed, 0), AuthenticationCode2=code(seed, 0), **who)
    iam.enable_mfa_device(AuthenticationCode1=code(seed, -1), AuthenticationCode2=code(seed, 0), **who)
    same([d["SerialNumber"] for d in iam.list_mfa_devices(UserName="cy")["MFADevices"]], [serial])
    same(iam.get_mfa_device(**who)["UserName"], "cy")
    refused("NoSuchEntity", iam.get_mfa_device, SerialNumber=serial)  # it is not the caller's
    key = iam.create_access_key(UserName="cy")["AccessKey"]
    iam.put_user_policy(UserName="cy", PolicyName="see", PolicyDocument=json.dumps(document("iam:GetUser")))
    session = aws.client("sts", key).get_session_token(SerialNumber=serial, TokenCode=code(seed, 1))["Credentials"]
    same(aws.client("iam", session).get_user()["User"]["UserName"], "cy")
    iam.resync_mfa_device(AuthenticationCode1=code(seed, 3), AuthenticationCode2=code(seed, 4), **who)
    refused("InvalidAuthenticationCode", iam.resync_mfa_device, AuthenticationCode1=code(seed, 3), AuthenticationCode2=code(seed, 4), **who)
    iam.tag_mfa_device(SerialNumber=serial, Tags=tags(team="blue", cost="7"))
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=["cost"])
    same(pairs(iam.list_mfa_device_tags(SerialNumber=serial)), {"team": "blue"})
    refused("DeleteConflict", iam.delete_virtual_mfa_device, SerialNumber=serial)
    iam.deactivate_mfa_device(**who)
    for name in ("pad", "watch"):
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Path="/cy/")
    serials = [aws.arn("mfa/cy/" + name) for name in ("pad", "phone", "watch")]
    same([d["SerialNumber"] for d in aws.listed("list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Unassigned")], serials)
    for s in serials:
        iam.delete_virtual_mfa_device(SerialNumber=s)
    refused("NoSuchEntity", iam.list_mfa_device_tags, SerialNumber=serial)
    iam.delete_user_policy(UserName="cy", PolicyName="see")
    iam.delete_access_key(UserName="cy", AccessKeyId=key["AccessKeyId"])


def signing(aws):
    iam = aws.iam
    made = iam.upload_signing_certificate(UserName="cy", CertificateBody=aws.file("certificate.pem"))["Certificate"]
    refused("MalformedCertificate", iam.upload_signing_certificate, UserName="cy", CertificateBody="nonsense")
    one = dict(UserName="cy", CertificateId=made["CertificateId"])
    iam.update_signing_certificate(Status="Inactive", **one)
    same([(c["CertificateId"], c["Status"]) for c in aws.listed("list_signing_certificates", "Certificates", UserName="cy")], [(made["CertificateId"], "Inactive")])
    iam.delete_signing_certificate(**one)
    refused("NoSuchEntity", iam.delete_signing_certificate, **one)


def ssh(aws):
    iam = aws.iam
    made = iam.upload_ssh_public_key(UserName="cy", SSHPublicKeyBody=aws.file("ssh.pub"))["SSHPublicKey"]
    refused("DuplicateSSHPublicKey", iam.upload_ssh_public_key, UserName="cy", SSHPublicKeyBody=aws.file("ssh.pub"))
    one = dict(UserName="cy", SSHPublicKeyId=made["SSHPublicKeyId"])
    iam.update_ssh_public_key(Status="Inactive", **one)
    got = iam.get_ssh_public_key(Encoding="SSH", **one)["SSHPublicKey"]
    same([got["SSHPublicKeyBody"].split()[:2], got["Status"], got["Fingerprint"]], [aws.file("ssh.pub").split()[:2], "Inactive", made["Fingerprint"]])
    same([k["SSHPublicKeyId"] for k in aws.listed("list_ssh_public_keys", "SSHPublicKeys", UserName="cy")], [made["SSHPublicKeyId"]])
    iam.delete_ssh_public_key(**one)
    refused("NoSuchEntity", iam.get_ssh_public_key, Encoding="PEM", **one)


def service_specific(aws):
    iam = aws.iam
    made = iam.create_service_specific_credential(UserName="cy", ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    one = dict(UserName="cy", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"])
    again = iam.reset_service_specific_credential(**one)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"] and again["ServiceUserName"] == made["ServiceUserName"], again
    iam.update_service_specific_credential(Status="Inactive", **one)
    listed = iam.list_service_specific_credentials(UserName="cy")["ServiceSpecificCredentials"]
    same([(c["ServiceSpecificCredentialId"], c["Status"]) for c in listed], [(made["ServiceSpecificCredentialId"], "Inactive")])
    iam.delete_service_specific_credential(**one)
    refused("NoSuchEntity", iam.reset_service_specific_credential, **one)


def server_certificates(aws):
    iam = aws.iam
    body, key = aws.file("certificate.pem"), aws.file("key.pem")
    for name in ("site", "shop", "blog"):
        iam.upload_server_certificate(ServerCertificateName=name, Path="/tls/", CertificateBody=body, PrivateKey=key, Tags=tags(team="red"))
    refused("MalformedCertificate", iam.upload_server_certificate, ServerCertificateName="bad", CertificateBody="nonsense", PrivateKey=key)
    refused("KeyPairMismatch", iam.upload_server_certificate, ServerCertificateName="bad", CertificateBody=body, PrivateKey=aws.file("other-key.pem"))
    iam.update_server_certificate(ServerCertificateName="site", NewServerCertificateName="home", NewPath="/tls/new/")
    got = iam.get_server_certificate(ServerCertificateName="home")["ServerCertificate"]
    same([got["ServerCertificateMetadata"]["Arn"], got["CertificateBody"].strip()], [aws.arn("server-certificate/tls/new/home"), body])
    names = [c["ServerCertificateName"] for c in aws.listed("list_server_certificates", "ServerCertificateMetadataList", PathPrefix="/tls/")]
    same(names, ["blog", "home", "shop"])
    iam.tag_server_certificate(ServerCertificateName="home", Tags=tags(team="blue", cost="7"))
    iam.untag_server_certificate(ServerCertificateName="home", TagKeys=["cost"])
    same(pairs(iam.list_server_certificate_tags(ServerCertificateName="home")), {"team": "blue"})
    for name in names:
        iam.delete_server_certificate(ServerCertificateName=name)
    refused("NoSuchEntity", iam.get_server_certificate, ServerCertificateName="home")
