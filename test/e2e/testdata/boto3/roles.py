"""Roles with their trust, instance profiles, service-linked roles, and sessions of STS."""
import json

from calls import document, pairs, refused, same, tags


def play(aws):
    roles(aws)
    profiles(aws)
    linked(aws)
    sessions(aws)


def roles(aws):
    iam = aws.iam
    made = iam.create_role(RoleName="work", Path="/jobs/", AssumeRolePolicyDocument=json.dumps(aws.trust()), MaxSessionDuration=7200, Tags=tags(team="red"))["Role"]
    same([made["Arn"], made["AssumeRolePolicyDocument"]], [aws.arn("role/jobs/work"), aws.trust()])
    refused("MalformedPolicyDocument", iam.create_role, RoleName="bad", AssumeRolePolicyDocument=json.dumps(document("sts:AssumeRole")))
    narrow = aws.trust(StringEquals={"sts:ExternalId": "42"})
    iam.update_assume_role_policy(RoleName="work", PolicyDocument=json.dumps(narrow))
    iam.update_role(RoleName="work", Description="Works", MaxSessionDuration=3600)
    got = iam.get_role(RoleName="work")["Role"]
    same([got["AssumeRolePolicyDocument"], got["Description"], got["MaxSessionDuration"]], [narrow, "Works", 3600])
    same(iam.update_role_description(RoleName="work", Description="Rests")["Role"]["Description"], "Rests")
    iam.tag_role(RoleName="work", Tags=tags(team="blue", cost="7"))
    iam.untag_role(RoleName="work", TagKeys=["cost"])
    same(pairs(iam.list_role_tags(RoleName="work")), {"team": "blue"})
    for name in ("rest", "sleep"):
        iam.create_role(RoleName=name, Path="/jobs/", AssumeRolePolicyDocument=json.dumps(aws.trust()))
    same([r["RoleName"] for r in aws.listed("list_roles", "Roles", PathPrefix="/jobs/")], ["rest", "sleep", "work"])
    for name in ("rest", "sleep", "work"):
        iam.delete_role(RoleName=name)
    refused("NoSuchEntity", iam.get_role, RoleName="work")


def profiles(aws):
    iam = aws.iam
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(aws.trust()))
    for name in ("a", "b", "c"):
        iam.create_instance_profile(InstanceProfileName=name, Path="/hosts/", Tags=tags(team="red"))
    iam.add_role_to_instance_profile(InstanceProfileName="a", RoleName="machine")
    refused("LimitExceeded", iam.add_role_to_instance_profile, InstanceProfileName="a", RoleName="machine")
    got = iam.get_instance_profile(InstanceProfileName="a")["InstanceProfile"]
    same([got["Arn"], [r["RoleName"] for r in got["Roles"]]], [aws.arn("instance-profile/hosts/a"), ["machine"]])
    same([p["InstanceProfileName"] for p in aws.listed("list_instance_profiles", "InstanceProfiles", PathPrefix="/hosts/")], ["a", "b", "c"])
    same([p["InstanceProfileName"] for p in iam.list_instance_profiles_for_role(RoleName="machine")["InstanceProfiles"]], ["a"])
    iam.tag_instance_profile(InstanceProfileName="a", Tags=tags(team="blue", cost="7"))
    iam.untag_instance_profile(InstanceProfileName="a", TagKeys=["cost"])
    same(pairs(iam.list_instance_profile_tags(InstanceProfileName="a")), {"team": "blue"})
    refused("DeleteConflict", iam.delete_role, RoleName="machine")
    iam.remove_role_from_instance_profile(InstanceProfileName="a", RoleName="machine")
    for name in ("a", "b", "c"):
        iam.delete_instance_profile(InstanceProfileName=name)
    iam.delete_role(RoleName="machine")
    refused("NoSuchEntity", iam.get_instance_profile, InstanceProfileName="a")


def linked(aws):
    iam = aws.iam
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="blue")["Role"]
    same(role["Path"], "/aws-service-role/autoscaling.amazonaws.com/")
    same(iam.get_role(RoleName=role["RoleName"])["Role"]["RoleId"], role["RoleId"])
    refused("UnmodifiableEntity", iam.delete_role, RoleName=role["RoleName"])
    refused("InvalidInput", iam.create_service_linked_role, AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="blue")
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    same(iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"], "SUCCEEDED")
    refused("NoSuchEntity", iam.get_role, RoleName=role["RoleName"])


def sessions(aws):
    iam, sts = aws.iam, aws.sts
    arn = iam.create_role(RoleName="guest", AssumeRolePolicyDocument=json.dumps(aws.trust(StringEquals={"sts:ExternalId": "42"})))["Role"]["Arn"]
    iam.put_role_policy(RoleName="guest", PolicyName="see", PolicyDocument=json.dumps(document(["iam:GetRole", "iam:ListRoles"])))
    refused("AccessDenied", sts.assume_role, RoleArn=arn, RoleSessionName="bo", ExternalId="41")
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="bo", ExternalId="42", Policy=json.dumps(document("iam:GetRole")))
    session = f"arn:aws:sts::{aws.account}:assumed-role/guest/bo"
    same(answer["AssumedRoleUser"]["Arn"], session)
    guest = aws.client("iam", answer["Credentials"])
    same(aws.client("sts", answer["Credentials"]).get_caller_identity()["Arn"], session)
    same(guest.get_role(RoleName="guest")["Role"]["Arn"], arn)
    no = refused("AccessDenied", guest.list_roles)
    assert "no session policy allows the iam:ListRoles action" in no["Error"]["Message"], no
    message = no["ResponseMetadata"]["HTTPHeaders"]["x-vauban-authorization-message"]
    reason = json.loads(sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    same([reason["allowed"], reason["context"]["action"]], [False, "iam:ListRoles"])
    same(sts.get_access_key_info(AccessKeyId=answer["Credentials"]["AccessKeyId"])["Account"], aws.account)

    own = sts.get_session_token(DurationSeconds=900)["Credentials"]
    same(aws.client("sts", own).get_caller_identity()["Arn"], aws.arn("user/admin"))
    refused("InvalidClientTokenId", aws.client("iam", own).list_users)  # IAM takes a session without MFA from nobody
    federated = sts.get_federation_token(Name="fay", Policy=json.dumps(document("sts:*")))
    same(federated["FederatedUser"]["Arn"], f"arn:aws:sts::{aws.account}:federated-user/fay")
    same(aws.client("sts", federated["Credentials"]).get_caller_identity()["Arn"], federated["FederatedUser"]["Arn"])
    refused("InvalidAuthorizationMessageException", sts.decode_authorization_message, EncodedMessage="nonsense")

    iam.delete_role_policy(RoleName="guest", PolicyName="see")
    iam.delete_role(RoleName="guest")
    refused("InvalidClientTokenId", guest.list_roles)
    trail = aws.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])["Events"]
    events = [json.loads(e["CloudTrailEvent"]) for e in trail]
    same([(e["requestParameters"]["roleArn"], e.get("errorCode")) for e in events], [(arn, None), (arn, "AccessDenied")])
