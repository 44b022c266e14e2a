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

resource "aws_sqs_queue" "work" {
  name = "scheduled"
}

resource "aws_sqs_queue" "dead" {
  name = "scheduled-dead"
}

resource "aws_kms_key" "input" {
  deletion_window_in_days = 7
}

resource "aws_iam_role" "caller" {
  name = "scheduled"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "scheduler.amazonaws.com" } }]
  })
}

resource "aws_scheduler_schedule_group" "team" {
  name = "team"
  tags = { stage = var.changed ? "prod" : "dev" }
}

resource "aws_scheduler_schedule" "nightly" {
  name                         = "nightly"
  group_name                   = aws_scheduler_schedule_group.team.name
  description                  = var.changed ? "later" : "nightly"
  schedule_expression          = var.changed ? "cron(30 3 ? * MON-FRI *)" : "cron(0 2 * * ? *)"
  schedule_expression_timezone = "Europe/Berlin"
  state                        = var.changed ? "DISABLED" : "ENABLED"
  kms_key_arn                  = aws_kms_key.input.arn
  start_date                   = "2099-01-01T00:00:00Z"
  end_date                     = "2099-12-31T00:00:00Z"
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = var.changed ? 30 : 15
  }
  target {
    arn      = aws_sqs_queue.work.arn
    role_arn = aws_iam_role.caller.arn
    input    = jsonencode({ job = "nightly" })
    dead_letter_config {
      arn = aws_sqs_queue.dead.arn
    }
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = var.changed ? 1 : 5
    }
  }
}

resource "aws_scheduler_schedule" "plain" {
  name                = "plain"
  schedule_expression = "rate(30 days)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    role_arn = aws_iam_role.caller.arn
    input    = jsonencode({ QueueUrl = aws_sqs_queue.work.id, MessageBody = "tick" })
  }
}

# What schedules start.
resource "aws_ssm_document" "yaml" {
  name            = "make-queue"
  document_type   = "Automation"
  document_format = "YAML"
  tags            = { stage = var.changed ? "prod" : "dev" }
  content         = <<-EOF
    schemaVersion: '0.3'
    description: ${var.changed ? "Changed." : "Makes a queue."}
    parameters:
      Name:
        type: String
        description: Of the queue.
        default: made
    mainSteps:
      - name: make
        action: aws:executeAwsApi
        inputs:
          Service: sqs
          Api: CreateQueue
          QueueName: '{{ Name }}'
  EOF
}

resource "aws_ssm_document" "json" {
  name          = "pause"
  document_type = "Automation"
  permissions   = { type = "Share", account_ids = "222222222222" }
  content = jsonencode({
    schemaVersion = "0.3"
    mainSteps     = [{ name = "wait", action = "aws:pause", inputs = {} }]
  })
}
