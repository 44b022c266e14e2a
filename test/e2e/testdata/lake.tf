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

resource "aws_cloudtrail_event_data_store" "management" {
  name                           = "management"
  retention_period               = var.changed ? 30 : 7
  termination_protection_enabled = false
  tags                           = { team = var.changed ? "b" : "a", kept = "1" }
}

resource "aws_cloudtrail_event_data_store" "writes" {
  name                           = var.changed ? "iam-writes" : "writes"
  billing_mode                   = "FIXED_RETENTION_PRICING"
  retention_period               = 2555
  multi_region_enabled           = var.changed
  termination_protection_enabled = false

  advanced_event_selector {
    name = "writes"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
    dynamic "field_selector" {
      for_each = var.changed ? [1] : []
      content {
        field       = "eventSource"
        starts_with = ["iam.", "sts."]
      }
    }
  }
}
