"""An organization from its beginning to its end: accounts, units, invitations, policies, delegation."""
import json

from calls import document, pairs, refused, same, tags

SCP = "SERVICE_CONTROL_POLICY"


def play(aws):
    org = aws.client("organizations")
    org.create_organization()
    org.delete_organization()
    refused("AWSOrganizationsNotInUseException", org.describe_organization)
    made = org.create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
    same(org.describe_organization()["Organization"]["Id"], made["Id"])
    root = org.list_roots()["Roots"][0]["Id"]
    refused("PolicyTypeNotAvailableForOrganizationException", org.enable_policy_type, RootId=root, PolicyType=SCP)
    member = account(aws, org, "boto-member")
    invitations(aws, org, root, member)
    units(org, root, member)
    policies(aws, org, root, member)
    delegation(aws, org, member)
    unbuilt(org, member)
    org.close_account(AccountId=account(aws, org, "boto-closed")["id"])
    refused("OrganizationNotEmptyException", org.delete_organization)


def account(aws, org, name):
    """A new account, and the client of who may do everything in it."""
    asked = org.create_account(AccountName=name, Email=name + "@example.com", Tags=tags(made="boto"))["CreateAccountStatus"]["Id"]
    status = org.describe_create_account_status(CreateAccountRequestId=asked)["CreateAccountStatus"]
    same(status["State"], "SUCCEEDED")
    assert asked in [s["Id"] for s in org.list_create_account_status(States=["SUCCEEDED"])["CreateAccountStatuses"]]
    same(org.describe_account(AccountId=status["AccountId"])["Account"]["Name"], name)
    role = f"arn:aws:iam::{status['AccountId']}:role/OrganizationAccountAccessRole"
    keys = aws.sts.assume_role(RoleArn=role, RoleSessionName="ops")["Credentials"]
    return {"id": status["AccountId"], "org": aws.client("organizations", keys), "iam": aws.client("iam", keys)}


def invitations(aws, org, root, member):
    org.remove_account_from_organization(AccountId=member["id"])
    target = {"Type": "ACCOUNT", "Id": member["id"]}
    first = org.invite_account_to_organization(Target=target, Notes="Come in")["Handshake"]["Id"]
    same([h["Id"] for h in member["org"].list_handshakes_for_account()["Handshakes"]], [first])
    same(member["org"].decline_handshake(HandshakeId=first)["Handshake"]["State"], "DECLINED")
    second = org.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    same(org.cancel_handshake(HandshakeId=second)["Handshake"]["State"], "CANCELED")
    third = org.invite_account_to_organization(Target=target, Tags=tags(team="a"))["Handshake"]["Id"]
    same(member["org"].accept_handshake(HandshakeId=third)["Handshake"]["State"], "ACCEPTED")
    assert third in [h["Id"] for h in org.list_handshakes_for_organization()["Handshakes"]]
    same(org.describe_handshake(HandshakeId=third)["Handshake"]["Action"], "INVITE")
    member["org"].leave_organization()
    again = org.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    member["org"].accept_handshake(HandshakeId=again)
    whole = org.enable_all_features()["Handshake"]["Id"]
    part = member["org"].list_handshakes_for_account(Filter={"ParentHandshakeId": whole})["Handshakes"][0]["Id"]
    member["org"].accept_handshake(HandshakeId=part)
    same(org.accept_handshake(HandshakeId=whole)["Handshake"]["State"], "ACCEPTED")
    same(org.describe_organization()["Organization"]["FeatureSet"], "ALL")
    same([t["Type"] for t in org.enable_policy_type(RootId=root, PolicyType=SCP)["Root"]["PolicyTypes"]], [SCP])


def units(org, root, member):
    unit = org.create_organizational_unit(ParentId=root, Name="boto")["OrganizationalUnit"]["Id"]
    same(org.update_organizational_unit(OrganizationalUnitId=unit, Name="labs")["OrganizationalUnit"]["Name"], "labs")
    same(org.describe_organizational_unit(OrganizationalUnitId=unit)["OrganizationalUnit"]["Name"], "labs")
    same([u["Id"] for u in org.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]], [unit])
    org.move_account(AccountId=member["id"], SourceParentId=root, DestinationParentId=unit)
    same([a["Id"] for a in org.list_accounts_for_parent(ParentId=unit)["Accounts"]], [member["id"]])
    same([c["Id"] for c in org.list_children(ParentId=unit, ChildType="ACCOUNT")["Children"]], [member["id"]])
    same(org.list_parents(ChildId=member["id"])["Parents"][0]["Id"], unit)
    same(sorted(a["Id"] for a in org.list_accounts()["Accounts"]).count(member["id"]), 1)
    refused("OrganizationalUnitNotEmptyException", org.delete_organizational_unit, OrganizationalUnitId=unit)
    org.move_account(AccountId=member["id"], SourceParentId=unit, DestinationParentId=root)
    org.tag_resource(ResourceId=unit, Tags=tags(team="b", cost="1"))
    org.untag_resource(ResourceId=unit, TagKeys=["team"])
    same(pairs(org.list_tags_for_resource(ResourceId=unit)), {"cost": "1"})
    org.delete_organizational_unit(OrganizationalUnitId=unit)


def policies(aws, org, root, member):
    policy = org.create_policy(Name="no-users", Description="", Type=SCP, Content=json.dumps(document("iam:CreateUser", "Deny")))["Policy"]["PolicySummary"]["Id"]
    org.attach_policy(PolicyId=policy, TargetId=member["id"])
    refused("AccessDenied", member["iam"].create_user, UserName="ann")
    org.update_policy(PolicyId=policy, Name="no-groups", Content=json.dumps(document("iam:CreateGroup", "Deny")))
    member["iam"].create_user(UserName="ann")
    same(org.describe_policy(PolicyId=policy)["Policy"]["PolicySummary"]["Name"], "no-groups")
    assert policy in [p["Id"] for p in org.list_policies(Filter=SCP)["Policies"]]
    assert policy in [p["Id"] for p in org.list_policies_for_target(TargetId=member["id"], Filter=SCP)["Policies"]]
    same([t["TargetId"] for t in org.list_targets_for_policy(PolicyId=policy)["Targets"]], [member["id"]])
    org.detach_policy(PolicyId=policy, TargetId=member["id"])
    org.delete_policy(PolicyId=policy)
    org.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    content = {"tags": {"team": {"tag_key": {"@@assign": "Team"}}}}
    tagging = org.create_policy(Name="team", Description="", Type="TAG_POLICY", Content=json.dumps(content))["Policy"]["PolicySummary"]["Id"]
    org.attach_policy(PolicyId=tagging, TargetId=root)
    effective = org.describe_effective_policy(PolicyType="TAG_POLICY", TargetId=member["id"])["EffectivePolicy"]["PolicyContent"]
    same(json.loads(effective)["tags"]["team"]["tag_key"], "Team")
    same(org.list_accounts_with_invalid_effective_policy(PolicyType="TAG_POLICY")["Accounts"], [])
    same(org.list_effective_policy_validation_errors(AccountId=member["id"], PolicyType="TAG_POLICY")["EffectivePolicyValidationErrors"], [])
    org.detach_policy(PolicyId=tagging, TargetId=root)
    org.delete_policy(PolicyId=tagging)
    org.disable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{member['id']}:root"}, "Action": "organizations:ListAccounts", "Resource": "*"}
    org.put_resource_policy(Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    same(json.loads(org.describe_resource_policy()["ResourcePolicy"]["Content"])["Statement"][0]["Action"], "organizations:ListAccounts")
    assert member["id"] in [a["Id"] for a in member["org"].list_accounts()["Accounts"]]
    org.delete_resource_policy()


def delegation(aws, org, member):
    service = "access-analyzer.amazonaws.com"
    org.enable_aws_service_access(ServicePrincipal=service)
    same([s["ServicePrincipal"] for s in org.list_aws_service_access_for_organization()["EnabledServicePrincipals"]], [service])
    org.register_delegated_administrator(AccountId=member["id"], ServicePrincipal=service)
    same([a["Id"] for a in org.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]], [member["id"]])
    same([s["ServicePrincipal"] for s in org.list_delegated_services_for_account(AccountId=member["id"])["DelegatedServices"]], [service])
    org.deregister_delegated_administrator(AccountId=member["id"], ServicePrincipal=service)
    org.disable_aws_service_access(ServicePrincipal=service)


def unbuilt(org, member):
    """Another partition and bills: there are none, and the answers say so."""
    refused("ConstraintViolationException", org.create_gov_cloud_account, AccountName="gov", Email="gov@example.com")
    same(org.list_inbound_responsibility_transfers(Type="BILLING")["ResponsibilityTransfers"], [])
    same(org.list_outbound_responsibility_transfers(Type="BILLING")["ResponsibilityTransfers"], [])
    transfer = "rt-0123456789"
    refused("ResponsibilityTransferNotFoundException", org.describe_responsibility_transfer, Id=transfer)
    refused("ResponsibilityTransferNotFoundException", org.update_responsibility_transfer, Id=transfer, Name="bills")
    refused("ResponsibilityTransferNotFoundException", org.terminate_responsibility_transfer, Id=transfer)
    refused("UnsupportedAPIEndpointException", org.invite_organization_to_transfer_responsibility, Type="BILLING", Target={"Type": "ACCOUNT", "Id": member["id"]}, StartTimestamp=2000000000, SourceName="bills")
