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
variable "bootstrap" { type = string } # a package that runs

resource "aws_iam_role" "exec" {
  name = "exec"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "exec" {
  role = aws_iam_role.exec.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sqs:*", "logs:*"], Resource = "*" }]
  })
}

resource "aws_s3_bucket" "code" {
  bucket        = "code-${var.account}"
  force_destroy = true
}

resource "aws_s3_object" "code" {
  bucket         = aws_s3_bucket.code.id
  key            = "code.zip"
  content_base64 = "UEsDBBQAAAAAAAAAIVyjt17aEQAAABEAAAAJAAAAYm9vdHN0cmFwIyEvYmluL3NoCmV4aXQgMQpQSwECFAMUAAAAAAAAACFco7de2hEAAAARAAAACQAAAAAAAAAAAAAA7QEAAAAAYm9vdHN0cmFwUEsFBgAAAAABAAEANwAAADgAAAAAAA=="
}

resource "aws_lambda_layer_version" "tools" {
  layer_name          = "tools"
  s3_bucket           = aws_s3_bucket.code.id
  s3_key              = aws_s3_object.code.key
  compatible_runtimes = ["provided.al2023"]
}

resource "aws_lambda_layer_version_permission" "all" {
  layer_name     = aws_lambda_layer_version.tools.layer_name
  version_number = aws_lambda_layer_version.tools.version
  statement_id   = "all"
  action         = "lambda:GetLayerVersion"
  principal      = "*"
}

resource "aws_sqs_queue" "work" {
  name                       = "work"
  visibility_timeout_seconds = 60
}

resource "aws_sqs_queue" "failed" {
  name = "failed"
}

resource "aws_lambda_function" "f" {
  depends_on    = [aws_iam_role_policy.exec]
  function_name = "f"
  role          = aws_iam_role.exec.arn
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  s3_bucket     = aws_s3_bucket.code.id
  s3_key        = aws_s3_object.code.key
  description   = var.changed ? "changed" : "made"
  timeout       = var.changed ? 10 : 5
  memory_size   = var.changed ? 256 : 128
  publish       = true
  layers        = [aws_lambda_layer_version.tools.arn]
  environment {
    variables = { COLOR = var.changed ? "green" : "blue" }
  }
  dead_letter_config {
    target_arn = aws_sqs_queue.failed.arn
  }
  reserved_concurrent_executions = var.changed ? 3 : 2
  tags                           = { team = var.changed ? "b" : "a" }
}

resource "aws_lambda_function_recursion_config" "f" {
  function_name  = aws_lambda_function.f.function_name
  recursive_loop = var.changed ? "Allow" : "Terminate"
}

resource "aws_lambda_code_signing_config" "team" {
  description = var.changed ? "changed" : "made"
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:${var.account}:/signing-profiles/team/abcdefghij"]
  }
  policies {
    untrusted_artifact_on_deployment = var.changed ? "Enforce" : "Warn"
  }
  tags = { team = var.changed ? "b" : "a" }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.f.function_name
  function_version = aws_lambda_function.f.version
  description      = var.changed ? "changed" : "made"
}

resource "aws_lambda_permission" "sns" {
  statement_id   = "sns"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.f.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "sns.amazonaws.com"
  source_account = var.account
}

resource "aws_lambda_function_event_invoke_config" "f" {
  function_name                = aws_lambda_function.f.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_retry_attempts       = var.changed ? 0 : 1
  maximum_event_age_in_seconds = 60
  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "work" {
  event_source_arn        = aws_sqs_queue.work.arn
  function_name           = aws_lambda_function.f.arn
  batch_size              = var.changed ? 5 : 10
  function_response_types = ["ReportBatchItemFailures"]
  filter_criteria {
    filter {
      pattern = jsonencode({ body = { kind = ["x"] } })
    }
  }
  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "AWS_IAM"
  cors {
    allow_origins = ["https://example.com"]
    allow_methods = [var.changed ? "POST" : "GET"]
  }
}

# A function that runs.
resource "aws_s3_object" "runs" {
  bucket         = aws_s3_bucket.code.id
  key            = "runs.zip"
  content_base64 = var.bootstrap
}

resource "aws_lambda_function" "runs" {
  depends_on    = [aws_iam_role_policy.exec]
  function_name = "runs"
  role          = aws_iam_role.exec.arn
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  s3_bucket     = aws_s3_bucket.code.id
  s3_key        = aws_s3_object.runs.key
  publish       = true
}

resource "aws_lambda_invocation" "runs" {
  function_name = aws_lambda_function.runs.function_name
  input         = jsonencode({ changed = var.changed })
}

resource "aws_lambda_provisioned_concurrency_config" "runs" {
  function_name                     = aws_lambda_function.runs.function_name
  qualifier                         = aws_lambda_function.runs.version
  provisioned_concurrent_executions = var.changed ? 2 : 1
}

resource "aws_lambda_runtime_management_config" "runs" {
  function_name     = aws_lambda_function.runs.function_name
  update_runtime_on = "Auto"
}

resource "aws_cloudwatch_log_group" "read" {
  name = "read"
}

resource "aws_lambda_permission" "logs" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.runs.function_name
  principal      = "logs.amazonaws.com"
  source_arn     = "${aws_cloudwatch_log_group.read.arn}:*"
  source_account = var.account
}

resource "aws_cloudwatch_log_subscription_filter" "read" {
  depends_on      = [aws_lambda_permission.logs]
  name            = "errors"
  log_group_name  = aws_cloudwatch_log_group.read.name
  filter_pattern  = var.changed ? "ERROR -debug" : "ERROR"
  destination_arn = aws_lambda_function.runs.arn
}

output "answer" { value = aws_lambda_invocation.runs.result }
