"""Access Analyzer: analyzers of both kinds, their findings and rules, checks of policies, policies from the log."""
import json

from calls import document, refused, same

STRANGER = "222222222222"


def play(aws):
    analyzer, iam = aws.client("accessanalyzer"), aws.iam
    arn = analyzer.create_analyzer(analyzerName="fort", type="ACCOUNT", tags={"team": "a"})["arn"]
    analyzer.tag_resource(resourceArn=arn, tags={"cost": "1"})
    analyzer.untag_resource(resourceArn=arn, tagKeys=["team"])
    same(analyzer.list_tags_for_resource(resourceArn=arn)["tags"], {"cost": "1"})
    same(analyzer.get_analyzer(analyzerName="fort")["analyzer"]["status"], "ACTIVE")
    same([a["name"] for a in analyzer.list_analyzers()["analyzers"]], ["fort"])
    findings(aws, analyzer, arn, iam)
    checks(analyzer)
    generation(aws, analyzer)
    analyzer.create_analyzer(analyzerName="idle", type="ACCOUNT_UNUSED_ACCESS", configuration={"unusedAccess": {"unusedAccessAge": 90}})
    changed = analyzer.update_analyzer(analyzerName="idle", configuration={"unusedAccess": {"unusedAccessAge": 30}})
    same(changed["configuration"]["unusedAccess"]["unusedAccessAge"], 30)
    for name in ("fort", "idle"):
        analyzer.delete_analyzer(analyzerName=name)
    refused("ResourceNotFoundException", analyzer.get_analyzer, analyzerName="fort")


def findings(aws, analyzer, arn, iam):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="boto-gate", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    analyzer.start_resource_scan(analyzerArn=arn, resourceArn=role)
    mine = {"resource": {"eq": [role]}}
    found = analyzer.list_findings(analyzerArn=arn, filter=mine)["findings"]
    same([(f["principal"]["AWS"], f["status"]) for f in found], [(STRANGER, "ACTIVE")])
    same([f["findingType"] for f in analyzer.list_findings_v2(analyzerArn=arn, filter=mine)["findings"]], ["ExternalAccess"])
    one = {"analyzerArn": arn, "id": found[0]["id"]}
    same(analyzer.get_finding(**one)["finding"]["action"], ["sts:AssumeRole"])
    same(analyzer.get_finding_v2(**one)["resource"], role)
    analyzer.update_findings(analyzerArn=arn, ids=[one["id"]], status="ARCHIVED")
    same(analyzer.get_finding(**one)["finding"]["status"], "ARCHIVED")
    analyzer.update_findings(analyzerArn=arn, resourceArn=role, status="ACTIVE")
    rule = {"analyzerName": "fort", "ruleName": "partners"}
    analyzer.create_archive_rule(filter={"principal.AWS": {"eq": ["333333333333"]}}, **rule)
    analyzer.update_archive_rule(filter={"principal.AWS": {"eq": [STRANGER]}}, **rule)
    same(analyzer.get_archive_rule(**rule)["archiveRule"]["filter"], {"principal.AWS": {"eq": [STRANGER]}})
    same([r["ruleName"] for r in analyzer.list_archive_rules(analyzerName="fort")["archiveRules"]], ["partners"])
    analyzer.apply_archive_rule(analyzerArn=arn, ruleName="partners")
    same(analyzer.get_finding(**one)["finding"]["status"], "ARCHIVED")
    counted = analyzer.get_findings_statistics(analyzerArn=arn)["findingsStatistics"][0]["externalAccessFindingsStatistics"]
    assert counted["totalArchivedFindings"] >= 1, counted
    analyzer.delete_archive_rule(**rule)
    assert role in [r["resourceArn"] for r in analyzer.list_analyzed_resources(analyzerArn=arn, resourceType="AWS::IAM::Role")["analyzedResources"]]
    same(analyzer.get_analyzed_resource(analyzerArn=arn, resourceArn=role)["resource"]["isPublic"], False)
    iam.delete_role(RoleName="boto-gate")


def checks(analyzer):
    wide, none = json.dumps(document("s3:*")), json.dumps(document("s3:GetObject", "Deny"))
    same(analyzer.check_no_new_access(policyType="IDENTITY_POLICY", existingPolicyDocument=none, newPolicyDocument=wide)["result"], "FAIL")
    same(analyzer.check_access_not_granted(policyType="IDENTITY_POLICY", policyDocument=wide, access=[{"actions": ["iam:PassRole"]}])["result"], "PASS")
    public = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}
    same(analyzer.check_no_public_access(resourceType="AWS::S3::Bucket", policyDocument=json.dumps(public))["result"], "FAIL")
    told = analyzer.validate_policy(policyType="IDENTITY_POLICY", policyDocument=json.dumps(document("s3:Fly")))["findings"]
    assert "INVALID_ACTION" in [f["issueCode"] for f in told], told


def generation(aws, analyzer):
    who = aws.arn("user/admin")
    job = analyzer.start_policy_generation(policyGenerationDetails={"principalArn": who})["jobId"]
    same(analyzer.get_generated_policy(jobId=job)["jobDetails"]["status"], "SUCCEEDED")
    assert job in [g["jobId"] for g in analyzer.list_policy_generations(principalArn=who)["policyGenerations"]]
    refused("ValidationException", analyzer.cancel_policy_generation, jobId=job)  # too late: it is complete at once
