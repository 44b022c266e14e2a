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

locals { topic = "arn:aws:sns:us-east-1:${var.account}:pager" }

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors"
  alarm_description   = var.changed ? "more errors" : "errors"
  namespace           = "Shop"
  metric_name         = "Errors"
  dimensions          = { Host = "a" }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = var.changed ? 5 : 3.5
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  unit                = "Count"
  alarm_actions       = [local.topic]
  ok_actions          = var.changed ? [] : [local.topic]
  tags                = { team = var.changed ? "b" : "a", kept = "1" }
}

resource "aws_cloudwatch_metric_alarm" "percentile" {
  alarm_name                            = "percentile"
  namespace                             = "Shop"
  metric_name                           = "Latency"
  extended_statistic                    = "p99"
  period                                = 10
  evaluation_periods                    = 1
  threshold                             = 100
  comparison_operator                   = "GreaterThanOrEqualToThreshold"
  evaluate_low_sample_count_percentiles = var.changed ? "evaluate" : "ignore"
  actions_enabled                       = var.changed
}

resource "aws_cloudwatch_metric_alarm" "math" {
  alarm_name          = "math"
  evaluation_periods  = 2
  threshold           = 10
  comparison_operator = "GreaterThanThreshold"
  metric_query {
    id          = "rate"
    expression  = var.changed ? "100 * e / r" : "e / r"
    label       = "error rate"
    return_data = true
  }
  metric_query {
    id = "e"
    metric {
      namespace   = "Shop"
      metric_name = "Errors"
      period      = 60
      stat        = "Sum"
      dimensions  = { Host = "a" }
    }
  }
  metric_query {
    id = "r"
    metric {
      namespace   = "Shop"
      metric_name = "Requests"
      period      = 60
      stat        = "Sum"
      unit        = "Count"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "band" {
  alarm_name          = "band"
  evaluation_periods  = 2
  threshold_metric_id = "expected"
  comparison_operator = "LessThanLowerOrGreaterThanUpperThreshold"
  metric_query {
    id          = "expected"
    expression  = "ANOMALY_DETECTION_BAND(m, ${var.changed ? 3 : 2})"
    label       = "expected"
    return_data = true
  }
  metric_query {
    id          = "m"
    return_data = true
    metric {
      namespace   = "Shop"
      metric_name = "Requests"
      period      = 300
      stat        = "Average"
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "both" {
  alarm_name        = "both"
  alarm_description = var.changed ? "all" : "both"
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name}) ${var.changed ? "AND" : "OR"} ALARM(${aws_cloudwatch_metric_alarm.math.alarm_name})"
  alarm_actions     = [local.topic]
  tags              = { team = "a" }
  actions_suppressor {
    alarm            = aws_cloudwatch_metric_alarm.percentile.alarm_name
    extension_period = 10
    wait_period      = var.changed ? 30 : 20
  }
}

resource "aws_cloudwatch_dashboard" "shop" {
  dashboard_name = "shop"
  dashboard_body = jsonencode({
    widgets = [
      { type = "metric", x = 0, y = 0, width = 12, height = 6, properties = { metrics = [["Shop", "Errors"]], period = 300, stat = "Sum", region = "us-east-1", title = var.changed ? "Errors of the shop" : "Errors" } },
      { type = "text", x = 0, y = 7, width = 3, height = 3, properties = { markdown = "# Shop" } },
    ]
  })
}

resource "aws_cloudwatch_contributor_insight_rule" "denied" {
  rule_name  = "denied"
  rule_state = var.changed ? "DISABLED" : "ENABLED"
  rule_definition = jsonencode({
    Schema        = { Name = "CloudWatchLogRule", Version = 1 }
    LogGroupNames = [var.changed ? "/trail/*" : "/trail"]
    LogFormat     = "JSON"
    Contribution = {
      Keys    = ["$.userIdentity.arn", "$.eventName"]
      Filters = [{ Match = "$.errorCode", IsPresent = true }]
    }
    AggregateOn = "Count"
  })
  tags = { team = var.changed ? "b" : "a", kept = "1" }
}
