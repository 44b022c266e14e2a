"""KMS through boto3: names, tags, policies, rotation, shared secrets, deletion, and what is not here."""
import json
import os

from keys import refused

from calls import same


def play(aws):
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    name = dict(KeyId=key["KeyId"])
    kms.update_key_description(Description="changed", **name)
    same(kms.describe_key(**name)["KeyMetadata"]["Description"], "changed")
    assert key["KeyId"] in [k["KeyId"] for p in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}) for k in p["Keys"]]
    kms.tag_resource(Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}], **name)
    kms.untag_resource(TagKeys=["a"], **name)
    same(kms.list_resource_tags(**name)["Tags"], [{"TagKey": "b", "TagValue": "2"}])

    kms.create_alias(AliasName="alias/py", TargetKeyId=key["KeyId"])
    refused("AlreadyExistsException", kms.create_alias, AliasName="alias/py", TargetKeyId=key["KeyId"])
    same([a["AliasName"] for a in kms.list_aliases(**name)["Aliases"]], ["alias/py"])
    other = kms.create_key()["KeyMetadata"]
    kms.update_alias(AliasName="alias/py", TargetKeyId=other["KeyId"])
    same(kms.describe_key(KeyId="alias/py")["KeyMetadata"]["Arn"], other["Arn"])

    same(kms.list_key_policies(**name)["PolicyNames"], ["default"])
    policy = json.loads(kms.get_key_policy(PolicyName="default", **name)["Policy"])
    policy["Statement"].append({"Sid": "More", "Effect": "Allow", "Principal": {"AWS": aws.arn("user/admin")}, "Action": "kms:Decrypt", "Resource": "*"})
    kms.put_key_policy(PolicyName="default", Policy=json.dumps(policy), **name)
    same(json.loads(kms.get_key_policy(PolicyName="default", **name)["Policy"]), policy)
    refused("MalformedPolicyDocumentException", kms.put_key_policy, PolicyName="default", Policy="{}", **name)

    me = aws.arn("user/admin")
    grant = kms.create_grant(GranteePrincipal=me, RetiringPrincipal=me, Operations=["Decrypt"], **name)["GrantId"]
    same([g["GrantId"] for g in kms.list_grants(**name)["Grants"]], [grant])
    same([g["GrantId"] for g in kms.list_retirable_grants(RetiringPrincipal=me)["Grants"]], [grant])
    kms.revoke_grant(GrantId=grant, **name)
    same(kms.list_grants(**name)["Grants"], [])

    kms.enable_key_rotation(RotationPeriodInDays=180, **name)
    rotation = kms.get_key_rotation_status(**name)
    same((rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]), (True, 180))
    kms.disable_key_rotation(**name)
    same(kms.get_key_rotation_status(**name)["KeyRotationEnabled"], False)

    sealed = kms.generate_data_key_without_plaintext(NumberOfBytes=24, **name)["CiphertextBlob"]
    same(len(kms.decrypt(CiphertextBlob=sealed)["Plaintext"]), 24)
    moved = kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=other["KeyId"])
    same((moved["SourceKeyId"], moved["KeyId"]), (key["Arn"], other["Arn"]))
    same(kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"], kms.decrypt(CiphertextBlob=sealed)["Plaintext"])
    same(kms.get_key_last_usage(**name)["KeyId"], key["Arn"])

    pair = kms.generate_data_key_pair(KeyPairSpec="ECC_NIST_P256", **name)
    same(kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"], pair["PrivateKeyPlaintext"])
    assert "PrivateKeyPlaintext" not in kms.generate_data_key_pair_without_plaintext(KeyPairSpec="ECC_NIST_P256", **name)
    one, two = (kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"] for _ in range(2))
    secrets = [kms.derive_shared_secret(KeyId=mine, KeyAgreementAlgorithm="ECDH", PublicKey=kms.get_public_key(KeyId=theirs)["PublicKey"])["SharedSecret"]
               for mine, theirs in ((one, two), (two, one))]
    assert secrets[0] == secrets[1] and len(secrets[0]) == 32, secrets

    kms.disable_key(**name)
    kms.enable_key(**name)
    same(kms.describe_key(**name)["KeyMetadata"]["KeyState"], "Enabled")
    gone = kms.schedule_key_deletion(PendingWindowInDays=7, **name)
    same((gone["KeyState"], gone["PendingWindowInDays"]), ("PendingDeletion", 7))
    same(kms.cancel_key_deletion(**name)["KeyId"], key["Arn"])
    same(kms.describe_key(**name)["KeyMetadata"]["KeyState"], "Disabled")
    kms.delete_alias(AliasName="alias/py")
    refused("NotFoundException", kms.describe_key, KeyId="alias/py")

    outside(kms)


def outside(kms):
    """A key store of one's own, behind a proxy at $KEYSTORE."""
    same(kms.describe_custom_key_stores()["CustomKeyStores"], [])
    refused("UnsupportedOperationException", kms.create_custom_key_store, CustomKeyStoreName="x", CustomKeyStoreType="AWS_CLOUDHSM")
    for call in (kms.connect_custom_key_store, kms.disconnect_custom_key_store, kms.update_custom_key_store, kms.delete_custom_key_store):
        refused("CustomKeyStoreNotFoundException", call, CustomKeyStoreId="cks-1234567890abcdef0")
    secret = "keystore/secret/keystore/secret/keystore/secret"
    settings = dict(CustomKeyStoreName="py", CustomKeyStoreType="EXTERNAL_KEY_STORE", XksProxyConnectivity="PUBLIC_ENDPOINT", XksProxyUriEndpoint=os.environ["KEYSTORE"],
                    XksProxyUriPath="/a/kms/xks/v1", XksProxyAuthenticationCredential=dict(AccessKeyId="XKSPROXYXKSPROXY2345", RawSecretAccessKey=secret))
    refused("XksProxyIncorrectAuthenticationCredentialException", kms.create_custom_key_store,
            **settings | dict(XksProxyAuthenticationCredential=dict(AccessKeyId="XKSPROXYXKSPROXY2345", RawSecretAccessKey=secret[::-1])))
    gone = dict(CustomKeyStoreId=kms.create_custom_key_store(**settings)["CustomKeyStoreId"])
    kms.delete_custom_key_store(**gone)
    store = dict(CustomKeyStoreId=kms.create_custom_key_store(**settings)["CustomKeyStoreId"])
    kms.connect_custom_key_store(**store)
    shown = kms.describe_custom_key_stores(**store)["CustomKeyStores"][0]
    same((shown["ConnectionState"], shown["XksProxyConfiguration"]["UriPath"]), ("CONNECTED", "/a/kms/xks/v1"))
    key = kms.create_key(Origin="EXTERNAL_KEY_STORE", XksKeyId="hsm-1", **store)["KeyMetadata"]
    same((key["CustomKeyStoreId"], key["XksKeyConfiguration"]), (store["CustomKeyStoreId"], {"Id": "hsm-1"}))
    refused("XksKeyNotFoundException", kms.create_key, Origin="EXTERNAL_KEY_STORE", XksKeyId="nobody", **store)
    refused("XksKeyAlreadyInUseException", kms.create_key, Origin="EXTERNAL_KEY_STORE", XksKeyId="hsm-1", **store)
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
    same(kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "b"})["Plaintext"], b"text")
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=sealed)
    kms.update_custom_key_store(NewCustomKeyStoreName="py2", XksProxyUriPath="/b/kms/xks/v1", **store)
    same(kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "b"})["KeyId"], key["Arn"])
    kms.disconnect_custom_key_store(**store)
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"a": "b"})
    same(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"], "Unavailable")
    refused("CustomKeyStoreHasCMKsException", kms.delete_custom_key_store, **store)
