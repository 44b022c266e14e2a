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

resource "aws_iam_role" "logger" {
  name = "sns-logger"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "sns.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_sns_topic" "alerts" {
  name              = "alerts"
  display_name      = var.changed ? "Alerts" : "Alarm"
  signature_version = var.changed ? 2 : 1
  tags              = { team = var.changed ? "b" : "a", kept = "1" }
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget = 20, maxDelayTarget = 20, numRetries = var.changed ? 5 : 3, numMaxDelayRetries = 0, numNoDelayRetries = 0, numMinDelayRetries = 0, backoffFunction = "linear"
      }
      disableSubscriptionOverrides = false
    }
  })
  http_success_feedback_role_arn    = aws_iam_role.logger.arn
  http_success_feedback_sample_rate = var.changed ? 50 : 100
  sqs_failure_feedback_role_arn     = aws_iam_role.logger.arn
}

resource "aws_sns_topic" "encrypted" {
  name              = "encrypted"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic" "orders" {
  name                        = "orders.fifo"
  fifo_topic                  = true
  content_based_deduplication = var.changed
  fifo_throughput_scope       = var.changed ? "MessageGroup" : "Topic"
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "rules"
      Effect    = "Allow"
      Principal = { Service = var.changed ? "cloudwatch.amazonaws.com" : "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alerts.arn
    }]
  })
}

resource "aws_sqs_queue" "work" {
  name = "topics-work"
}

resource "aws_sqs_queue" "ordered" {
  name       = "topics-ordered.fifo"
  fifo_queue = true
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.alerts.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.work.arn
  raw_message_delivery = var.changed
  filter_policy_scope  = var.changed ? "MessageBody" : "MessageAttributes"
  filter_policy        = var.changed ? jsonencode({ kind = ["b", { prefix = "x" }] }) : jsonencode({ kind = ["a"] })
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.work.arn })
}

resource "aws_sns_topic_subscription" "ordered" {
  topic_arn = aws_sns_topic.orders.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.ordered.arn
}

resource "aws_sns_topic_subscription" "phone" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "sms"
  endpoint  = "+4915112345678"
}

resource "aws_sns_topic_subscription" "reader" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = "reader@example.com"
}

resource "aws_sns_sms_preferences" "all" {
  monthly_spend_limit                   = var.changed ? 2 : 1
  default_sms_type                      = var.changed ? "Transactional" : "Promotional"
  default_sender_id                     = "Vauban"
  delivery_status_iam_role_arn          = aws_iam_role.logger.arn
  delivery_status_success_sampling_rate = var.changed ? "10" : "20"
}

resource "aws_sns_topic_data_protection_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Name    = "cards"
    Version = "2021-06-01"
    Statement = [{
      Sid = "cards", DataDirection = "Inbound", Principal = ["*"], DataIdentifier = ["arn:aws:dataprotection::aws:data-identifier/${var.changed ? "Ssn-US" : "CreditCardNumber"}"]
      Operation = { Deny = {} }
    }]
  })
}
