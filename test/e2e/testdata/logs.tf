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

resource "aws_kms_key" "logs" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::${var.account}:root" }, Action = "kms:*", Resource = "*" },
      {
        Effect    = "Allow", Principal = { Service = "logs.us-east-1.amazonaws.com" }, Action = ["kms:GenerateDataKey*", "kms:Decrypt"], Resource = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-1:${var.account}:log-group:*" } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/tf/app"
  retention_in_days = var.changed ? 30 : 7
  kms_key_id        = var.changed ? aws_kms_key.logs.arn : null
  tags              = { team = var.changed ? "b" : "a", kept = "1" }
}

resource "aws_cloudwatch_log_group" "sealed" {
  name       = "/tf/sealed"
  kms_key_id = aws_kms_key.logs.arn
}

resource "aws_cloudwatch_log_group" "rare" {
  name_prefix     = "/tf/rare-"
  log_group_class = "INFREQUENT_ACCESS"
}

resource "aws_cloudwatch_log_stream" "s" {
  name           = "s"
  log_group_name = aws_cloudwatch_log_group.app.name
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = var.changed ? "ERROR -debug" : "ERROR"
  log_group_name = aws_cloudwatch_log_group.app.name
  metric_transformation {
    name          = "Errors"
    namespace     = "Tf"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_log_metric_filter" "latency" {
  name           = "latency"
  pattern        = "{ $.latency = * }"
  log_group_name = aws_cloudwatch_log_group.app.name
  metric_transformation {
    name       = "Latency"
    namespace  = "Tf"
    value      = "$.latency"
    unit       = "Milliseconds"
    dimensions = { Path = "$.path" }
  }
}

resource "aws_cloudwatch_log_index_policy" "ids" {
  log_group_name  = aws_cloudwatch_log_group.app.name
  policy_document = jsonencode({ Fields = var.changed ? ["requestId", "code"] : ["requestId"] })
}

resource "aws_cloudwatch_log_anomaly_detector" "app" {
  detector_name           = "app"
  log_group_arn_list      = [aws_cloudwatch_log_group.app.arn]
  anomaly_visibility_time = var.changed ? 14 : 7
  evaluation_frequency    = var.changed ? "ONE_HOUR" : "TEN_MIN"
  enabled                 = var.changed ? false : true
  tags                    = { team = var.changed ? "b" : "a" }
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name = "events"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = concat(["logs:CreateLogStream", "logs:PutLogEvents"], var.changed ? ["logs:DescribeLogStreams"] : [])
      Resource = "${aws_cloudwatch_log_group.app.arn}:*"
    }]
  })
}

resource "aws_cloudwatch_query_definition" "errors" {
  name            = "team/errors"
  log_group_names = [aws_cloudwatch_log_group.app.name]
  query_string    = var.changed ? "filter level = \"ERROR\" | stats count(*) by bin(1h)" : "filter level = \"ERROR\""
}

data "aws_cloudwatch_log_groups" "all" {
  log_group_name_prefix = "/tf/app"
  depends_on            = [aws_cloudwatch_log_group.app]
}

data "aws_cloudwatch_log_data_protection_policy_document" "mails" {
  name = "mails"
  statement {
    sid              = "audit"
    data_identifiers = concat(["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], var.changed ? ["arn:aws:dataprotection::aws:data-identifier/Ssn-US"] : [])
    operation {
      audit {
        findings_destination {
          cloudwatch_logs {
            log_group = aws_cloudwatch_log_group.sealed.name
          }
        }
      }
    }
  }
  statement {
    sid              = "mask"
    data_identifiers = concat(["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], var.changed ? ["arn:aws:dataprotection::aws:data-identifier/Ssn-US"] : [])
    operation {
      deidentify {
        mask_config {}
      }
    }
  }
}

resource "aws_cloudwatch_log_data_protection_policy" "app" {
  log_group_name  = aws_cloudwatch_log_group.app.name
  policy_document = data.aws_cloudwatch_log_data_protection_policy_document.mails.json
}

resource "aws_cloudwatch_log_account_policy" "staff" {
  policy_name = "staff"
  policy_type = "DATA_PROTECTION_POLICY"
  policy_document = jsonencode({
    Name          = "staff"
    Version       = "2021-06-01"
    Configuration = { CustomDataIdentifier = [{ Name = "Staff", Regex = var.changed ? "S-\\d{4}" : "S-\\d{3}" }] }
    Statement = [
      { Sid = "audit", DataIdentifier = ["Staff"], Operation = { Audit = { FindingsDestination = {} } } },
      { Sid = "mask", DataIdentifier = ["Staff"], Operation = { Deidentify = { MaskConfig = {} } } },
    ]
  })
}

output "groups" { value = data.aws_cloudwatch_log_groups.all.log_group_names }
