terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

provider "aws" {
  alias  = "abroad"
  region = "eu-central-1"
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
variable "key_store_url" { type = string }
variable "key_store_id" { type = string }
variable "key_store_secret" {
  type      = string
  sensitive = true
}

locals {
  material = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
}

resource "aws_kms_external_key" "imported" {
  description             = var.changed ? "imported, changed" : "imported"
  key_material_base64     = local.material
  deletion_window_in_days = 7
  enabled                 = !var.changed
  tags                    = { team = var.changed ? "b" : "a" }
}

resource "aws_kms_external_key" "empty" {
  description             = "waits for its material"
  deletion_window_in_days = 7
}

resource "aws_kms_key" "primary" {
  description             = "primary"
  multi_region            = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_key" "replica" {
  provider                = aws.abroad
  description             = var.changed ? "replica, changed" : "replica"
  primary_key_arn         = aws_kms_key.primary.arn
  deletion_window_in_days = 7
  tags                    = { team = var.changed ? "b" : "a" }
}

resource "aws_kms_external_key" "primary" {
  description             = "primary with imported material"
  multi_region            = true
  enabled                 = true
  key_material_base64     = local.material
  deletion_window_in_days = 7
}

resource "aws_kms_replica_external_key" "replica" {
  provider                = aws.abroad
  description             = var.changed ? "replica, changed" : "replica"
  primary_key_arn         = aws_kms_external_key.primary.arn
  key_material_base64     = local.material
  enabled                 = !var.changed
  deletion_window_in_days = 7
}

resource "aws_kms_key" "signer" {
  description              = var.changed ? "signs, changed" : "signs"
  customer_master_key_spec = "ECC_NIST_P384"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 7
}

data "aws_kms_public_key" "signer" {
  key_id = aws_kms_key.signer.arn
}

output "public_key" {
  value = data.aws_kms_public_key.signer.public_key_pem
}

resource "aws_kms_custom_key_store" "hsm" {
  custom_key_store_name  = var.changed ? "hsm, changed" : "hsm"
  custom_key_store_type  = "EXTERNAL_KEY_STORE"
  xks_proxy_connectivity = "PUBLIC_ENDPOINT"
  xks_proxy_uri_endpoint = var.key_store_url
  xks_proxy_uri_path     = "/b/kms/xks/v1"

  xks_proxy_authentication_credential {
    access_key_id         = "XKSPROXYXKSPROXY2345"
    raw_secret_access_key = var.key_store_secret
  }
}

data "aws_kms_custom_key_store" "hsm" {
  custom_key_store_id = aws_kms_custom_key_store.hsm.id
}

resource "aws_kms_key" "outside" {
  description             = var.changed ? "outside, changed" : "outside"
  custom_key_store_id     = var.key_store_id
  xks_key_id              = "hsm-1"
  deletion_window_in_days = 7
  tags                    = { team = var.changed ? "b" : "a" }
}

resource "aws_kms_alias" "outside" {
  name          = "alias/outside"
  target_key_id = aws_kms_key.outside.key_id
}
