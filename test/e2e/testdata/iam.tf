# Every kind of IAM resource that the aws provider has. `changed` alters what can be altered in place.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_region_validation      = true
  skip_requesting_account_id  = false
  default_tags {
    tags = { managed = "terraform" }
  }
}

variable "account" { type = string }

variable "changed" {
  type    = bool
  default = false
}

variable "ssh_public_key" { type = string }
variable "certificate" { type = string }
variable "private_key" { type = string }
variable "saml_metadata" { type = string }

locals {
  word = var.changed ? "after" : "before"
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.dana.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [local.word]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = var.changed ? ["iam:Get*", "iam:List*"] : ["iam:Get*"]
    resources = ["*"]
  }
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "vauban-${local.word}"
}

resource "aws_iam_account_password_policy" "policy" {
  minimum_password_length        = var.changed ? 14 : 12
  require_lowercase_characters   = true
  require_numbers                = true
  require_uppercase_characters   = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
}

resource "aws_iam_user" "dana" {
  name                 = "dana"
  path                 = "/people/"
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { word = local.word }
}

resource "aws_iam_access_key" "dana" {
  user   = aws_iam_user.dana.name
  status = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_user_login_profile" "dana" {
  user                    = aws_iam_user.dana.name
  password_length         = 20
  password_reset_required = true
}

resource "aws_iam_user_policy" "dana" {
  name   = "inline"
  user   = aws_iam_user.dana.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "dana" {
  user       = aws_iam_user.dana.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_user_ssh_key" "dana" {
  username   = aws_iam_user.dana.name
  encoding   = "SSH"
  public_key = var.ssh_public_key
}

resource "aws_iam_virtual_mfa_device" "dana" {
  virtual_mfa_device_name = "dana"
}

resource "aws_iam_group" "crew" {
  name = "crew"
  path = var.changed ? "/teams/" : "/"
}

resource "aws_iam_group_membership" "crew" {
  name  = "crew"
  group = aws_iam_group.crew.name
  users = [aws_iam_user.dana.name]
}

resource "aws_iam_group_policy" "crew" {
  name   = "inline"
  group  = aws_iam_group.crew.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy_attachment" "crew" {
  group      = aws_iam_group.crew.name
  policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
}

resource "aws_iam_policy" "read" {
  name        = "read"
  path        = "/team/"
  description = "reads"
  policy      = data.aws_iam_policy_document.read.json
  tags        = { word = local.word }
}

resource "aws_iam_policy" "boundary" {
  name = "boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:*", Resource = "*" }]
  })
}

resource "aws_iam_role" "worker" {
  name                 = "worker"
  path                 = "/service/"
  description          = local.word
  max_session_duration = var.changed ? 7200 : 3600
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = { word = local.word }
}

resource "aws_iam_role_policy" "worker" {
  name   = "inline"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "worker" {
  role       = aws_iam_role.worker.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role" "exclusive" {
  name = "exclusive"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policies_exclusive" "exclusive" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = []
}

resource "aws_iam_role_policy_attachments_exclusive" "exclusive" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = []
}

resource "aws_iam_policy" "many" {
  name = "many"
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_policy_attachment" "many" {
  name       = "many"
  roles      = [aws_iam_role.worker.name]
  groups     = [aws_iam_group.crew.name]
  policy_arn = aws_iam_policy.many.arn
}

resource "aws_iam_instance_profile" "worker" {
  name = "worker"
  role = aws_iam_role.exclusive.name
  tags = { word = local.word }
}

resource "aws_iam_service_linked_role" "autoscaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "vauban"
  description      = local.word
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.example.com"
  client_id_list  = var.changed ? ["sts.amazonaws.com", "ci"] : ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
  tags            = { word = local.word }
}

resource "aws_iam_saml_provider" "directory" {
  name                   = "directory"
  saml_metadata_document = var.saml_metadata
  tags                   = { word = local.word }
}

resource "aws_iam_server_certificate" "site" {
  name             = "site"
  certificate_body = var.certificate
  private_key      = var.private_key
  tags             = { word = local.word }
}

resource "aws_iam_signing_certificate" "dana" {
  user_name        = aws_iam_user.dana.name
  certificate_body = var.certificate
  status           = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_service_specific_credential" "dana" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.dana.name
  status       = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_security_token_service_preferences" "sts" {
  global_endpoint_token_version = var.changed ? "v2Token" : "v1Token"
}

data "aws_iam_policy" "managed" {
  name = "ReadOnlyAccess"
}

data "aws_iam_roles" "all" {
  depends_on = [aws_iam_role.worker]
}

data "aws_iam_users" "all" {
  depends_on = [aws_iam_user.dana]
}

data "aws_iam_principal_policy_simulation" "dana" {
  action_names      = ["iam:GetUser"]
  policy_source_arn = aws_iam_user.dana.arn
  depends_on        = [aws_iam_user_policy.dana]
}
