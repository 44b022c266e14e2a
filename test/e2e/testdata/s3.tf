# Every kind of configuration of a bucket that the provider has and that is built, and objects. -var=changed=true changes what can be changed in place.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  s3_use_path_style = true
}

variable "changed" { default = false }
variable "account" {}
variable "ssh_public_key" { default = "" }
variable "certificate" { default = "" }
variable "private_key" { default = "" }
variable "saml_metadata" { default = "" }

resource "aws_s3_bucket" "main" {
  bucket        = "terraform-main"
  force_destroy = true
  tags          = { stage = var.changed ? "changed" : "first", team = "red" }
}

resource "aws_s3_bucket" "logs" {
  bucket        = "terraform-logs"
  force_destroy = true
}

resource "aws_s3_bucket" "locked" {
  bucket              = "terraform-locked"
  object_lock_enabled = true
}

resource "aws_s3_bucket_versioning" "main" {
  bucket = aws_s3_bucket.main.id
  versioning_configuration {
    status = var.changed ? "Suspended" : "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "main" {
  bucket                  = aws_s3_bucket.main.id
  block_public_acls       = true
  block_public_policy     = !var.changed
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_account_public_access_block" "all" {
  block_public_acls   = true
  block_public_policy = var.changed
}

resource "aws_s3_bucket_ownership_controls" "main" {
  bucket = aws_s3_bucket.main.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_iam_user" "reader" {
  name = "terraform-reader"
}

resource "aws_s3_bucket_policy" "main" {
  bucket = aws_s3_bucket.main.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Read"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_user.reader.arn }
        Action    = var.changed ? ["s3:GetObject", "s3:GetObjectVersion"] : ["s3:GetObject"]
        Resource  = "${aws_s3_bucket.main.arn}/*"
      },
      {
        Sid       = "Encrypted"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.main.arn, "${aws_s3_bucket.main.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = {
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.logs.arn}/*"
      Condition = {
        ArnLike      = { "aws:SourceArn" = aws_s3_bucket.main.arn }
        StringEquals = { "aws:SourceAccount" = var.account }
      }
    }
  })
}

resource "aws_s3_bucket_logging" "main" {
  bucket        = aws_s3_bucket.main.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = var.changed ? "changed/" : "first/"
  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }
}

resource "aws_kms_key" "data" {
  deletion_window_in_days = 7
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  rule {
    bucket_key_enabled = var.changed
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  bucket     = aws_s3_bucket.main.id
  depends_on = [aws_s3_bucket_versioning.main]

  rule {
    id     = "logs"
    status = "Enabled"
    filter {
      and {
        prefix                   = "logs/"
        object_size_greater_than = 100
        tags                     = { keep = "no" }
      }
    }
    expiration {
      days = var.changed ? 30 : 90
    }
  }
  rule {
    id     = "older"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days           = 10
      newer_noncurrent_versions = 3
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  cors_rule {
    id              = "pages"
    allowed_headers = ["*"]
    allowed_methods = var.changed ? ["GET", "PUT"] : ["GET"]
    allowed_origins = ["https://*.example.test"]
    expose_headers  = ["ETag"]
    max_age_seconds = 60
  }
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.changed ? 2 : 1
    }
  }
}

resource "aws_s3_bucket_request_payment_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  payer  = "BucketOwner"
}

resource "aws_s3_object" "main" {
  bucket       = aws_s3_bucket.main.id
  key          = "logs/terraform.txt"
  content      = var.changed ? "changed" : "first"
  content_type = "text/plain"
  tags         = { keep = "no" }
  depends_on   = [aws_s3_bucket_server_side_encryption_configuration.main, aws_s3_bucket_versioning.main]
}

resource "aws_s3_bucket" "source" {
  bucket        = "terraform-source"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "source" {
  bucket = aws_s3_bucket.source.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket" "replicas" {
  bucket        = "terraform-replicas"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "replicas" {
  bucket = aws_s3_bucket.replicas.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_iam_role" "copier" {
  name = "terraform-copier"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "s3.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_s3_bucket_replication_configuration" "source" {
  bucket     = aws_s3_bucket.source.id
  role       = aws_iam_role.copier.arn
  depends_on = [aws_s3_bucket_versioning.source, aws_s3_bucket_versioning.replicas]

  rule {
    id       = "sealed"
    status   = var.changed ? "Disabled" : "Enabled"
    priority = 2
    filter {
      prefix = "sealed/"
    }
    delete_marker_replication {
      status = "Enabled"
    }
    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }
    destination {
      bucket        = aws_s3_bucket.replicas.arn
      storage_class = "STANDARD_IA"
      encryption_configuration {
        replica_kms_key_id = aws_kms_key.data.arn
      }
    }
  }
  rule {
    id       = "tagged"
    status   = "Enabled"
    priority = 1
    filter {
      tag {
        key   = "copy"
        value = "yes"
      }
    }
    delete_marker_replication {
      status = "Disabled"
    }
    destination {
      bucket = aws_s3_bucket.replicas.arn
    }
  }
}

resource "aws_s3_bucket_metric" "all" {
  bucket = aws_s3_bucket.main.id
  name   = "all"
}

resource "aws_s3_bucket_metric" "logs" {
  bucket = aws_s3_bucket.main.id
  name   = "logs"
  filter {
    prefix = "logs/"
    tags   = var.changed ? { keep = "no", stage = "changed" } : { keep = "no" }
  }
}

resource "aws_s3_bucket_inventory" "main" {
  bucket                   = aws_s3_bucket.main.id
  name                     = "all"
  included_object_versions = "All"
  optional_fields          = var.changed ? ["Size", "EncryptionStatus", "ETag"] : ["Size"]
  schedule {
    frequency = var.changed ? "Weekly" : "Daily"
  }
  filter {
    prefix = "logs/"
  }
  destination {
    bucket {
      format     = "CSV"
      bucket_arn = aws_s3_bucket.logs.arn
      prefix     = "inventory"
      encryption {
        sse_s3 {}
      }
    }
  }
}

resource "aws_s3_bucket_website_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  index_document {
    suffix = "index.html"
  }
  error_document {
    key = var.changed ? "changed.html" : "error.html"
  }
  routing_rule {
    condition {
      key_prefix_equals               = "docs/"
      http_error_code_returned_equals = "404"
    }
    redirect {
      replace_key_prefix_with = "documents/"
      http_redirect_code      = var.changed ? "302" : "301"
    }
  }
}

resource "aws_s3_bucket_website_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  redirect_all_requests_to {
    host_name = "www.example.com"
    protocol  = "https"
  }
}

data "aws_canonical_user_id" "owner" {}

# A list can be set only to what it is, as in AWS where lists are off, and acceleration only suspended.
resource "aws_s3_bucket_acl" "logs" {
  bucket = aws_s3_bucket.logs.id
  access_control_policy {
    owner {
      id = data.aws_canonical_user_id.owner.id
    }
    grant {
      permission = "FULL_CONTROL"
      grantee {
        id   = data.aws_canonical_user_id.owner.id
        type = "CanonicalUser"
      }
    }
  }
}

resource "aws_s3_bucket_accelerate_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  status = "Suspended"
}

resource "aws_s3_bucket_object" "old" { # the older name of aws_s3_object
  bucket  = aws_s3_bucket.logs.id
  key     = "old.txt"
  content = var.changed ? "changed" : "first"
}

resource "aws_s3_object_copy" "copy" {
  bucket   = aws_s3_bucket.logs.id
  key      = var.changed ? "changed.txt" : "copy.txt"
  source   = "${aws_s3_bucket.logs.id}/${aws_s3_bucket_object.old.key}"
  metadata = { by = "terraform" }

  metadata_directive = "REPLACE"
}

output "changed" { value = var.changed }
