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

resource "aws_accessanalyzer_analyzer" "external" {
  analyzer_name = "external"
  tags          = { team = var.changed ? "b" : "a", kept = "1" }
}

resource "aws_accessanalyzer_archive_rule" "partners" {
  analyzer_name = aws_accessanalyzer_analyzer.external.analyzer_name
  rule_name     = "partners"

  filter {
    criteria = "principal.AWS"
    eq       = var.changed ? ["222222222222", "333333333333"] : ["222222222222"]
  }
  filter {
    criteria = "condition.sts:ExternalId"
    exists   = true
  }
  dynamic "filter" {
    for_each = var.changed ? [1] : []
    content {
      criteria = "isPublic"
      neq      = ["true"]
    }
  }
  filter {
    criteria = "resource"
    contains = ["role/"]
  }
}

resource "aws_accessanalyzer_analyzer" "unused" {
  analyzer_name = "unused"
  type          = "ACCOUNT_UNUSED_ACCESS"
  tags          = var.changed ? {} : { team = "a" }

  configuration {
    unused_access {
      unused_access_age = 180
      analysis_rule {
        exclusion {
          resource_tags = [{ keep = "yes" }]
        }
      }
    }
  }
}
