terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "account" { type = string }
variable "changed" {
  type    = bool
  default = false
}
variable "ssh_public_key" { type = string }
variable "certificate" { type = string }
variable "private_key" { type = string }
variable "saml_metadata" { type = string }

resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  aws_service_access_principals = var.changed ? ["cloudtrail.amazonaws.com", "guardduty.amazonaws.com", "config.amazonaws.com"] : ["cloudtrail.amazonaws.com", "guardduty.amazonaws.com"]
  enabled_policy_types          = var.changed ? ["SERVICE_CONTROL_POLICY", "TAG_POLICY", "RESOURCE_CONTROL_POLICY"] : ["SERVICE_CONTROL_POLICY", "TAG_POLICY"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = var.changed ? "workloads-changed" : "workloads"
  parent_id = aws_organizations_organization.this.roots[0].id
  tags      = { team = var.changed ? "b" : "a" }
}

resource "aws_organizations_organizational_unit" "production" {
  name      = "production"
  parent_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_account" "app" {
  name      = "app"
  email     = "app@example.com"
  parent_id = var.changed ? aws_organizations_organizational_unit.production.id : aws_organizations_organizational_unit.workloads.id
  role_name = "Ops"
  tags      = { env = var.changed ? "prod" : "dev" }
  lifecycle { ignore_changes = [role_name] }
}

resource "aws_organizations_account" "security" {
  name       = "security"
  email      = "security@example.com"
  depends_on = [aws_organizations_organization.this]
}

data "aws_iam_policy_document" "guardrail" {
  statement {
    sid       = "KeepTheTrail"
    effect    = "Deny"
    actions   = var.changed ? ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"] : ["cloudtrail:StopLogging"]
    resources = ["*"]
  }
}

resource "aws_organizations_policy" "guardrail" {
  name        = "guardrail"
  description = var.changed ? "nobody touches the trail" : ""
  content     = data.aws_iam_policy_document.guardrail.json
  tags        = { kind = "guardrail" }
  depends_on  = [aws_organizations_organization.this]
}

resource "aws_organizations_policy" "tags" {
  name       = "tags"
  type       = "TAG_POLICY"
  content    = jsonencode({ tags = { team = { tag_key = { "@@assign" = "Team" } } } })
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "guardrail" {
  policy_id = aws_organizations_policy.guardrail.id
  target_id = var.changed ? aws_organizations_organization.this.roots[0].id : aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = aws_organizations_account.app.id
}

resource "aws_organizations_delegated_administrator" "security" {
  account_id        = aws_organizations_account.security.id
  service_principal = "guardduty.amazonaws.com"
  depends_on        = [aws_organizations_organization.this]
}

resource "aws_cloudtrail_organization_delegated_admin_account" "trails" {
  account_id = var.changed ? aws_organizations_account.app.id : aws_organizations_account.security.id
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_resource_policy" "this" {
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${aws_organizations_account.security.id}:root" }
      Action    = var.changed ? ["organizations:Describe*", "organizations:List*"] : ["organizations:List*"]
      Resource  = "*"
    }]
  })
  tags = { team = "a" }
}

data "aws_organizations_organization" "this" { depends_on = [aws_organizations_account.app, aws_organizations_account.security] }
data "aws_organizations_organizational_units" "root" {
  parent_id  = aws_organizations_organization.this.roots[0].id
  depends_on = [aws_organizations_organizational_unit.workloads]
}
data "aws_organizations_policies" "scp" {
  filter     = "SERVICE_CONTROL_POLICY"
  depends_on = [aws_organizations_policy.guardrail]
}
data "aws_organizations_delegated_administrators" "all" { depends_on = [aws_organizations_delegated_administrator.security] }
data "aws_organizations_resource_tags" "app" {
  resource_id = aws_organizations_account.app.id
}

output "accounts" { value = length(data.aws_organizations_organization.this.accounts) }
