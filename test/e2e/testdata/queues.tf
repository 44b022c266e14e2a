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

resource "aws_sqs_queue" "dead" {
  name                      = "dead"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "work" {
  name                       = "work"
  visibility_timeout_seconds = var.changed ? 120 : 60
  delay_seconds              = var.changed ? 5 : 0
  receive_wait_time_seconds  = 10
  max_message_size           = 2048
  tags                       = { team = var.changed ? "b" : "a", kept = "1" }
}

resource "aws_sqs_queue" "inline" {
  name           = "inline"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "mine", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${var.account}:root" }, Action = "sqs:SendMessage", Resource = "arn:aws:sqs:us-east-1:${var.account}:inline" }]
  })
}

resource "aws_sqs_queue" "encrypted" {
  name                              = "encrypted"
  kms_master_key_id                 = "alias/aws/sqs"
  kms_data_key_reuse_period_seconds = var.changed ? 600 : 300
}

resource "aws_sqs_queue" "ordered" {
  name                        = "ordered.fifo"
  fifo_queue                  = true
  content_based_deduplication = var.changed
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = var.changed ? "perMessageGroupId" : "perQueue"
}

resource "aws_sqs_queue_policy" "work" {
  queue_url = aws_sqs_queue.work.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "topics"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.work.arn
      Condition = { ArnEquals = { "aws:SourceArn" = var.changed ? "arn:aws:sns:us-east-1:${var.account}:other" : "arn:aws:sns:us-east-1:${var.account}:topic" } }
    }]
  })
}

resource "aws_sqs_queue_redrive_policy" "work" {
  queue_url      = aws_sqs_queue.work.id
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = var.changed ? 5 : 3 })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = var.changed ? [aws_sqs_queue.work.arn, aws_sqs_queue.inline.arn, aws_sqs_queue.encrypted.arn] : [aws_sqs_queue.work.arn, aws_sqs_queue.inline.arn]
  })
}

resource "aws_sqs_queue" "told" {
  name = "told"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:us-east-1:${var.account}:told"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_s3_bucket" "telling" {
  bucket = "telling"
}

resource "aws_s3_bucket_notification" "telling" {
  bucket      = aws_s3_bucket.telling.id
  eventbridge = var.changed
  queue {
    id            = "uploads"
    queue_arn     = aws_sqs_queue.told.arn
    events        = var.changed ? ["s3:ObjectCreated:*", "s3:ObjectTagging:Put"] : ["s3:ObjectCreated:*"]
    filter_prefix = "in/"
  }
}
