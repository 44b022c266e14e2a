"""Users, groups and memberships."""
from calls import pairs, refused, same, tags


def play(aws):
    users(aws)
    groups(aws)


def users(aws):
    iam = aws.iam
    made = iam.create_user(UserName="bo", Path="/people/", Tags=tags(team="red"))["User"]
    same(made["Arn"], aws.arn("user/people/bo"))
    same(iam.get_user(UserName="bo")["User"], dict(made, Tags=tags(team="red")))
    refused("EntityAlreadyExists", iam.create_user, UserName="BO")
    refused("ValidationError", iam.create_user, UserName="not a name")
    iam.update_user(UserName="bo", NewPath="/staff/", NewUserName="bob")
    same(iam.get_user(UserName="bob")["User"]["Arn"], aws.arn("user/staff/bob"))
    iam.tag_user(UserName="bob", Tags=tags(team="blue", cost="7"))
    iam.untag_user(UserName="bob", TagKeys=["cost"])
    same(pairs(iam.list_user_tags(UserName="bob")), {"team": "blue"})
    for i in range(5):
        iam.create_user(UserName=f"page-{i}", Path="/pages/")
    same([u["UserName"] for u in aws.listed("list_users", "Users", PathPrefix="/pages/")], [f"page-{i}" for i in range(5)])
    for i in range(5):
        iam.delete_user(UserName=f"page-{i}")
    iam.delete_user(UserName="bob")
    refused("NoSuchEntity", iam.get_user, UserName="bob")


def groups(aws):
    iam = aws.iam
    iam.create_user(UserName="gil")
    made = iam.create_group(GroupName="crew", Path="/teams/")["Group"]
    iam.add_user_to_group(GroupName="crew", UserName="gil")
    got = iam.get_group(GroupName="crew")
    same([got["Group"], [u["UserName"] for u in got["Users"]]], [made, ["gil"]])
    refused("DeleteConflict", iam.delete_group, GroupName="crew")
    refused("DeleteConflict", iam.delete_user, UserName="gil")
    iam.update_group(GroupName="crew", NewGroupName="squad", NewPath="/units/")
    same([g["Arn"] for g in iam.list_groups_for_user(UserName="gil")["Groups"]], [aws.arn("group/units/squad")])
    for name in ("a", "b", "c"):
        iam.create_group(GroupName=name, Path="/pages/")
    same([g["GroupName"] for g in aws.listed("list_groups", "Groups", PathPrefix="/pages/")], ["a", "b", "c"])
    iam.remove_user_from_group(GroupName="squad", UserName="gil")
    same(iam.get_group(GroupName="squad")["Users"], [])
    for name in ("a", "b", "c", "squad"):
        iam.delete_group(GroupName=name)
    iam.delete_user(UserName="gil")
    refused("NoSuchEntity", iam.get_group, GroupName="squad")
