"""What belongs to the account, and what reports on it."""
import csv
import io
import time

from calls import refused, same


def play(aws):
    alias(aws)
    reports(aws)
    last_accessed(aws)


def alias(aws):
    iam = aws.iam
    iam.create_account_alias(AccountAlias="fort-one")
    iam.create_account_alias(AccountAlias="fort-two")  # an account has one: the new one replaces it
    same(iam.list_account_aliases()["AccountAliases"], ["fort-two"])
    refused("ValidationError", iam.create_account_alias, AccountAlias="Not An Alias")
    iam.delete_account_alias(AccountAlias="fort-two")
    same(iam.list_account_aliases()["AccountAliases"], [])
    refused("NoSuchEntity", iam.delete_account_alias, AccountAlias="fort-two")
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    same(iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"], 2)
    refused("OrganizationNotFoundException", iam.list_organizations_features)


def reports(aws):
    iam = aws.iam
    iam.create_user(UserName="ann")
    same(iam.get_account_summary()["SummaryMap"]["Users"], 2)
    same([u["UserName"] for u in aws.listed("get_account_authorization_details", "UserDetailList", Filter=["User"])], ["admin", "ann"])
    refused("ReportNotPresent", iam.get_credential_report)
    until(lambda: iam.generate_credential_report()["State"] == "COMPLETE")
    report = iam.get_credential_report()
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    same([report["ReportFormat"], [r["user"] for r in rows], rows[2]["arn"]], ["text/csv", ["<root_account>", "admin", "ann"], aws.arn("user/ann")])
    iam.delete_user(UserName="ann")


def last_accessed(aws):
    iam, admin = aws.iam, aws.arn("user/admin")

    def used():
        job = iam.generate_service_last_accessed_details(Arn=admin, Granularity="ACTION_LEVEL")["JobId"]
        until(lambda: iam.get_service_last_accessed_details(JobId=job)["JobStatus"] == "COMPLETED")
        services, page = {}, {"Marker": None}  # boto3 has no paginator for it, and an administrator's services take several pages
        while "Marker" in page:
            page = iam.get_service_last_accessed_details(JobId=job, **({"Marker": page["Marker"]} if page["Marker"] else {}))
            services.update((s["ServiceNamespace"], s) for s in page["ServicesLastAccessed"])
        return job if services["iam"].get("LastAuthenticatedEntity") == admin else None

    job = until(used)
    entities = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")["EntityDetailsList"]
    same([e["EntityInfo"]["Arn"] for e in entities], [admin])
    refused("NoSuchEntity", iam.get_service_last_accessed_details, JobId="0" * 36)


def until(condition):
    """What is derived from the log is there within moments."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("not within 20 s")
