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

resource "aws_cloudwatch_event_bus" "orders" {
  name        = "orders"
  description = var.changed ? "all orders" : "orders"
  tags        = { stage = var.changed ? "prod" : "dev" }
}

resource "aws_cloudwatch_event_bus_policy" "orders" {
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid = "own", Effect = "Allow", Action = var.changed ? ["events:PutEvents", "events:DescribeEventBus"] : ["events:PutEvents"]
      Principal = { AWS = "arn:aws:iam::${var.account}:root" }, Resource = aws_cloudwatch_event_bus.orders.arn
    }]
  })
}

resource "aws_cloudwatch_event_permission" "partner" {
  principal    = "444455556666"
  statement_id = var.changed ? "partner-two" : "partner"
}

resource "aws_sqs_queue" "work" {
  name = "events"
}

resource "aws_sqs_queue" "ordered" {
  name                        = "events.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
}

resource "aws_sqs_queue" "dead" {
  name = "events-dead"
}

resource "aws_iam_role" "forward" {
  name = "events-forward"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_event_rule" "large" {
  name           = "large"
  description    = "large orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ source = ["shop"], detail = { amount = [{ numeric = [">", var.changed ? 100 : 10] }] } })
  state          = var.changed ? "DISABLED" : "ENABLED"
  tags           = { team = "shop" }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = var.changed ? "cron(0 3 * * ? *)" : "rate(1 day)"
}

resource "aws_cloudwatch_event_rule" "calls" {
  name_prefix   = "calls-"
  event_pattern = jsonencode({ "detail-type" = ["AWS API Call via CloudTrail"] })
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
}

resource "aws_cloudwatch_event_target" "work" {
  rule           = aws_cloudwatch_event_rule.large.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "work"
  arn            = aws_sqs_queue.work.arn
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = var.changed ? 1 : 5
  }
  input_transformer {
    input_paths    = { amount = "$.detail.amount" }
    input_template = "{\"amount\":<amount>,\"rule\":<aws.events.rule-name>}"
  }
}

resource "aws_cloudwatch_event_target" "ordered" {
  rule  = aws_cloudwatch_event_rule.nightly.name
  arn   = aws_sqs_queue.ordered.arn
  input = jsonencode({ job = "nightly" })
  sqs_target {
    message_group_id = "jobs"
  }
}

resource "aws_cloudwatch_event_target" "bus" {
  rule     = aws_cloudwatch_event_rule.calls.name
  arn      = aws_cloudwatch_event_bus.orders.arn
  role_arn = aws_iam_role.forward.arn
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "orders"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
  event_pattern    = jsonencode({ source = ["shop"] })
  retention_days   = var.changed ? 20 : 10
}

resource "aws_cloudwatch_event_connection" "basic" {
  name               = "basic"
  authorization_type = "BASIC"
  auth_parameters {
    basic {
      username = "me"
      password = var.changed ? "hush-hush" : "hush"
    }
    invocation_http_parameters {
      header {
        key             = "X-Team"
        value           = "shop"
        is_value_secret = false
      }
    }
  }
}

resource "aws_cloudwatch_event_connection" "key" {
  name               = "key"
  description        = var.changed ? "with a key" : "key"
  authorization_type = "API_KEY"
  auth_parameters {
    api_key {
      key   = "X-Key"
      value = "hush"
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "site" {
  name                             = "site"
  invocation_endpoint              = "https://site.example/orders/*"
  http_method                      = var.changed ? "PUT" : "POST"
  invocation_rate_limit_per_second = 20
  connection_arn                   = aws_cloudwatch_event_connection.basic.arn
}

resource "aws_cloudwatch_event_target" "site" {
  rule           = aws_cloudwatch_event_rule.large.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_cloudwatch_event_api_destination.site.arn
  role_arn       = aws_iam_role.forward.arn
  http_target {
    path_parameter_values   = ["$.detail.id"]
    query_string_parameters = { from = "events" }
    header_parameters       = { X-Rule = "large" }
  }
}
