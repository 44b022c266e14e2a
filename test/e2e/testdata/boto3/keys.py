"""KMS through boto3: envelope encryption, grants, states."""
from botocore.exceptions import ClientError

from calls import same


def refused(code, call, **args):
    """The call must fail with the code. KMS says nothing of a ciphertext that does not open, and its model does not have AccessDeniedException."""
    try:
        call(**args)
    except ClientError as e:
        same(e.response["Error"]["Code"], code)
        same(type(e) is ClientError, code == "AccessDeniedException")
        return
    raise AssertionError(f"{call.__name__} should fail with {code}")


def play(aws):
    kms = aws.client("kms")
    key = kms.create_key(Description="boto3", Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyMetadata"]
    same(key["KeyState"], "Enabled")
    data = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256", EncryptionContext={"app": "one"})
    same(len(data["Plaintext"]), 32)
    opened = kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext={"app": "one"})
    same(opened["Plaintext"], data["Plaintext"])
    same(opened["KeyId"], key["Arn"])
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=data["CiphertextBlob"])
    broken = bytearray(data["CiphertextBlob"])
    broken[-1] ^= 1
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=bytes(broken), EncryptionContext={"app": "one"})
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    same([r["RotationType"] for r in kms.list_key_rotations(KeyId=key["KeyId"])["Rotations"]], ["ON_DEMAND"])
    same(kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext={"app": "one"})["Plaintext"], data["Plaintext"])

    aws.iam.create_user(UserName="py-grantee")
    theirs = aws.client("kms", aws.iam.create_access_key(UserName="py-grantee")["AccessKey"])
    refused("AccessDeniedException", theirs.describe_key, KeyId=key["KeyId"])
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=aws.arn("user/py-grantee"), Operations=["DescribeKey", "RetireGrant"])
    same(theirs.describe_key(KeyId=key["KeyId"], GrantTokens=[grant["GrantToken"]])["KeyMetadata"]["Arn"], key["Arn"])
    theirs.retire_grant(GrantToken=grant["GrantToken"])
    refused("AccessDeniedException", theirs.describe_key, KeyId=key["KeyId"])

    same(len(kms.generate_random(NumberOfBytes=64)["Plaintext"]), 64)
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    same(managed["KeyManager"], "AWS")
    refused("AccessDeniedException", kms.encrypt, KeyId="alias/aws/s3", Plaintext=b"x")
    refused("AccessDeniedException", kms.schedule_key_deletion, KeyId=managed["KeyId"])
    kms.disable_key(KeyId=key["KeyId"])
    refused("DisabledException", kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256")
    refused("NotFoundException", kms.describe_key, KeyId="nothing")
