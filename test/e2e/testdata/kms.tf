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

resource "aws_iam_user" "reader" { name = "reader" }

resource "aws_kms_key" "orders" {
  description             = var.changed ? "orders changed" : "orders"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  rotation_period_in_days = var.changed ? 100 : 90
  tags                    = { team = var.changed ? "b" : "a" }
}

resource "aws_kms_key" "other" {
  description = "other"
  is_enabled  = var.changed ? false : true
}

resource "aws_kms_key" "signing" {
  description              = "signing"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_key_policy" "orders" {
  key_id = aws_kms_key.orders.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Account", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${var.account}:root" }, Action = "kms:*", Resource = "*" },
      { Sid = "Reader", Effect = "Allow", Principal = { AWS = aws_iam_user.reader.arn }, Action = var.changed ? ["kms:Decrypt", "kms:DescribeKey"] : ["kms:Decrypt"], Resource = "*" },
    ]
  })
}

resource "aws_kms_alias" "orders" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.orders.key_id
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/some-"
  target_key_id = aws_kms_key.orders.arn
}

resource "aws_kms_grant" "reader" {
  name              = "reader"
  key_id            = aws_kms_key.orders.key_id
  grantee_principal = aws_iam_user.reader.arn
  operations        = var.changed ? ["Decrypt", "Encrypt", "DescribeKey"] : ["Decrypt", "Encrypt"]

  constraints {
    encryption_context_equals = { app = "orders" }
  }
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.orders.key_id
  plaintext = "terraform's secret"
  context   = { app = "orders" }
}

data "aws_kms_alias" "s3" { name = "alias/aws/s3" }

data "aws_kms_key" "orders" { key_id = aws_kms_alias.orders.name }

data "aws_kms_public_key" "signing" { key_id = aws_kms_key.signing.arn }

output "managed" { value = data.aws_kms_alias.s3.target_key_arn }
output "state" { value = data.aws_kms_key.orders.key_state }
output "public" { value = data.aws_kms_public_key.signing.public_key }
