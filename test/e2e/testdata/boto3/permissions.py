"""Managed policies with their versions and attachments, inline policies, permissions boundaries, and the simulator."""
import json

from calls import document, pairs, refused, same, tags

READ, WRITE = document("iam:GetUser"), document("iam:*")


def play(aws):
    iam = aws.iam
    iam.create_user(UserName="pat")
    iam.create_group(GroupName="pats")
    iam.create_role(RoleName="patrol", AssumeRolePolicyDocument=json.dumps(aws.trust()))
    managed(aws)
    for kind, name in (("user", "pat"), ("group", "pats"), ("role", "patrol")):
        attached(aws, kind, name)
        inline(aws, kind, name)
    for kind, name in (("user", "pat"), ("role", "patrol")):
        boundary(aws, kind, name)
    simulated(aws)
    iam.delete_user(UserName="pat")
    iam.delete_group(GroupName="pats")
    iam.delete_role(RoleName="patrol")


def managed(aws):
    iam = aws.iam
    made = iam.create_policy(PolicyName="see", Path="/rules/", PolicyDocument=json.dumps(READ), Description="Sees", Tags=tags(team="red"))["Policy"]
    arn = made["Arn"]
    same(arn, aws.arn("policy/rules/see"))
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    same([got["PolicyId"], got["Description"], got["DefaultVersionId"], got["AttachmentCount"]], [made["PolicyId"], "Sees", "v1", 0])
    refused("MalformedPolicyDocument", iam.create_policy, PolicyName="bad", PolicyDocument='{"Version":"2012-10-17"}')
    same(iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(WRITE))["PolicyVersion"]["IsDefaultVersion"], False)
    same(iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"], WRITE)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    refused("DeleteConflict", iam.delete_policy_version, PolicyArn=arn, VersionId="v2")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(READ), SetAsDefault=True)
    same([(v["VersionId"], v["IsDefaultVersion"]) for v in aws.listed("list_policy_versions", "Versions", PolicyArn=arn)], [("v3", True), ("v2", False), ("v1", False)])
    refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
    for version in ("v1", "v2"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.tag_policy(PolicyArn=arn, Tags=tags(team="blue", cost="7"))
    iam.untag_policy(PolicyArn=arn, TagKeys=["cost"])
    same(pairs(iam.list_policy_tags(PolicyArn=arn)), {"team": "blue"})
    for name in ("see-a", "see-b"):
        iam.create_policy(PolicyName=name, Path="/rules/", PolicyDocument=json.dumps(READ))
    same([p["PolicyName"] for p in aws.listed("list_policies", "Policies", Scope="Local", PathPrefix="/rules/")], ["see", "see-a", "see-b"])
    for name in ("see", "see-a", "see-b"):
        iam.delete_policy(PolicyArn=aws.arn("policy/rules/" + name))
    refused("NoSuchEntity", iam.get_policy, PolicyArn=arn)


def holder(iam, verb, kind):
    """The operation of that verb on that kind of principal, and its naming parameter."""
    return getattr(iam, verb.format(kind)), kind.capitalize() + "Name"


def attached(aws, kind, name):
    iam = aws.iam
    own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    theirs = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    attach, key = holder(iam, "attach_{}_policy", kind)
    detach, listing = holder(iam, "detach_{}_policy", kind)[0], f"list_attached_{kind}_policies"
    for arn in (own, theirs):
        attach(PolicyArn=arn, **{key: name})
    same({p["PolicyArn"] for p in aws.listed(listing, "AttachedPolicies", **{key: name})}, {own, theirs})
    same([e[key] for e in iam.list_entities_for_policy(PolicyArn=own)["Policy" + kind.capitalize() + "s"]], [name])
    refused("DeleteConflict", iam.delete_policy, PolicyArn=own)
    granting = iam.list_policies_granting_service_access(Arn=aws.arn(f"{kind}/{name}"), ServiceNamespaces=["sqs"])
    same([p["PolicyArn"] for p in granting["PoliciesGrantingServiceAccess"][0]["Policies"]], [theirs])
    for arn in (own, theirs):
        detach(PolicyArn=arn, **{key: name})
    refused("NoSuchEntity", detach, PolicyArn=own, **{key: name})
    iam.delete_policy(PolicyArn=own)


def inline(aws, kind, name):
    put, key = holder(aws.iam, "put_{}_policy", kind)
    get, delete = holder(aws.iam, "get_{}_policy", kind)[0], holder(aws.iam, "delete_{}_policy", kind)[0]
    who = {key: name}
    for policy in ("one", "two", "three"):
        put(PolicyName=policy, PolicyDocument=json.dumps(READ), **who)
    put(PolicyName="one", PolicyDocument=json.dumps(WRITE), **who)
    same(get(PolicyName="one", **who)["PolicyDocument"], WRITE)
    refused("MalformedPolicyDocument", put, PolicyName="bad", PolicyDocument='{"Statement":[{"Effect":"Perhaps"}]}', **who)
    same(sorted(aws.listed(f"list_{kind}_policies", "PolicyNames", **who)), ["one", "three", "two"])
    for policy in ("one", "two", "three"):
        delete(PolicyName=policy, **who)
    refused("NoSuchEntity", get, PolicyName="one", **who)


def boundary(aws, kind, name):
    iam = aws.iam
    put, key = holder(iam, "put_{}_permissions_boundary", kind)
    delete, get = holder(iam, "delete_{}_permissions_boundary", kind)[0], holder(iam, "get_{}", kind)[0]
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    put(PermissionsBoundary=arn, **{key: name})
    same(get(**{key: name})[kind.capitalize()]["PermissionsBoundary"], {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
    refused("NoSuchEntity", put, PermissionsBoundary=aws.arn("policy/none"), **{key: name})
    delete(**{key: name})
    assert "PermissionsBoundary" not in get(**{key: name})[kind.capitalize()]


def simulated(aws):
    iam = aws.iam
    iam.put_user_policy(UserName="pat", PolicyName="see", PolicyDocument=json.dumps(READ))
    asked = dict(ActionNames=["iam:GetUser", "iam:DeleteUser", "sqs:SendMessage"])
    answers = aws.listed("simulate_principal_policy", "EvaluationResults", PolicySourceArn=aws.arn("user/pat"), **asked)
    same([a["EvalDecision"] for a in answers], ["allowed", "implicitDeny", "implicitDeny"])
    policies = [json.dumps(WRITE), json.dumps(document("iam:DeleteUser", "Deny"))]
    answers = aws.listed("simulate_custom_policy", "EvaluationResults", PolicyInputList=policies, **asked)
    same([a["EvalDecision"] for a in answers], ["allowed", "explicitDeny", "implicitDeny"])
    refused("InvalidInput", iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["iam:GetUser"])
    keyed = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sqs:*:*:${aws:username}"}]})
    same(iam.get_context_keys_for_custom_policy(PolicyInputList=[keyed])["ContextKeyNames"], ["aws:username"])
    same(iam.get_context_keys_for_principal_policy(PolicySourceArn=aws.arn("user/pat"), PolicyInputList=[keyed])["ContextKeyNames"], ["aws:username"])
    iam.delete_user_policy(UserName="pat", PolicyName="see")
