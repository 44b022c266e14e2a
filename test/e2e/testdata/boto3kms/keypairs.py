"""What key pairs, HMAC keys, imported material and multi-Region keys do in KMS, by boto3.

usage: keypairs.py ENDPOINT
"""
import datetime
import hashlib
import sys
import time

import boto3
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils


def client(region="us-east-1"):
    return boto3.client("kms", endpoint_url=sys.argv[1], region_name=region)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return
    raise AssertionError("%s was not refused" % call)


def signs(kms):
    key = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert key["SigningAlgorithms"] == ["ECDSA_SHA_384"], key
    digest = hashlib.sha384(b"x" * 10000).digest()
    signed = kms.sign(KeyId=key["Arn"], Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_384")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"])
    public.verify(signed["Signature"], digest, ec.ECDSA(utils.Prehashed(hashes.SHA384())))
    assert kms.verify(KeyId=key["KeyId"], Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_384", Signature=signed["Signature"])["SignatureValid"]
    refused("ValidationException", kms.sign, KeyId=key["KeyId"], Message=digest[1:], MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_384")


def encrypts(kms):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"])
    sealed = public.encrypt(b"hello", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    opened = kms.decrypt(KeyId=key["KeyId"], CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert opened["Plaintext"] == b"hello", opened
    refused("InvalidCiphertextException", kms.decrypt, KeyId=key["KeyId"], CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    refused("ValidationException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x" * 191, EncryptionAlgorithm="RSAES_OAEP_SHA_256")


def authenticates(kms):
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    mac = kms.generate_mac(KeyId=key["KeyId"], Message=b"hello", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert kms.verify_mac(KeyId=key["KeyId"], Message=b"hello", MacAlgorithm="HMAC_SHA_256", Mac=mac)["MacValid"]
    refused("KMSInvalidMacException", kms.verify_mac, KeyId=key["KeyId"], Message=b"hullo", MacAlgorithm="HMAC_SHA_256", Mac=mac)


def wrap(parameters, material):
    return serialization.load_der_public_key(parameters["PublicKey"]).encrypt(material, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))


def imports(kms):
    key = kms.create_key(Origin="EXTERNAL", MultiRegion=True)["KeyMetadata"]["KeyId"]
    material = bytes(range(32))
    parameters = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_4096")
    left = parameters["ParametersValidTo"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(hours=23) < left < datetime.timedelta(hours=25), left
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=30)
    kms.import_key_material(KeyId=key, ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=wrap(parameters, material), ValidTo=until)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert shown["ExpirationModel"] == "KEY_MATERIAL_EXPIRES" and shown["ValidTo"] == until, shown
    sealed = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext={"a": "b"})["CiphertextBlob"]
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    abroad = client("eu-west-1")
    refused("KMSInvalidStateException", abroad.decrypt, CiphertextBlob=sealed, EncryptionContext={"a": "b"})
    parameters = abroad.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    refused("IncorrectKeyMaterialException", abroad.import_key_material, KeyId=key, ImportToken=parameters["ImportToken"],
            EncryptedKeyMaterial=wrap(parameters, material[::-1]), ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    abroad.import_key_material(KeyId=key, ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=wrap(parameters, material),
                               ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert abroad.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "b"})["Plaintext"] == b"hello"
    abroad.delete_imported_key_material(KeyId=key)
    assert abroad.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    refused("KMSInvalidStateException", abroad.decrypt, CiphertextBlob=sealed, EncryptionContext={"a": "b"})


def moves(kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    until("the replica is there", lambda: client("eu-west-1").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled")
    kms.update_primary_region(KeyId=key, PrimaryRegion="eu-west-1")
    until("the primary is the replica", lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA")


def until(what, look):
    end = time.time() + 60
    while not look():
        assert time.time() < end, what


kms = client()
for part in (signs, encrypts, authenticates, imports, moves):
    part(kms)
print("boto3: key pairs, HMAC keys, imports and replicas are as expected")
