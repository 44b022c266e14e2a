package kms

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
	"vauban/store"
)

// This file makes AWS managed keys, on their first use. KMS Developer Guide: "AWS managed keys", and "DescribeKey" for predefined aliases.

// managedServices are the services that have an AWS managed key, by the name in its alias.
var managedServices = map[string]string{
	"acm": "acm", "backup": "backup", "cloud9": "cloud9", "cloudtrail": "cloudtrail", "codecommit": "codecommit", "codepipeline": "codepipeline", "connect": "connect",
	"dms": "dms", "ds": "ds", "dynamodb": "dynamodb", "ebs": "ec2", "ecr": "ecr", "elasticfilesystem": "elasticfilesystem", "es": "es", "fsx": "fsx", "glue": "glue",
	"kinesis": "kinesis", "kinesisvideo": "kinesisvideo", "kafka": "kafka", "lambda": "lambda", "lightsail": "lightsail", "logs": "logs", "mq": "mq", "rds": "rds",
	"redshift": "redshift", "s3": "s3", "sagemaker": "sagemaker", "secretsmanager": "secretsmanager", "ses": "ses", "sns": "sns", "sqs": "sqs", "ssm": "ssm",
	"workspaces": "workspaces", "xray": "xray",
}

// isManagedAlias reports whether the alias is one that AWS has for a service.
func isManagedAlias(name string) bool {
	name, ok := strings.CutPrefix(name, managedPrefix)
	return ok && managedServices[name] != ""
}

// managedPolicy lets the account's principals use the key through the service, and look at it.
const managedPolicy = `{
  "Version" : "2012-10-17",
  "Id" : "auto-%[1]s-2",
  "Statement" : [ {
    "Sid" : "Allow access through %[2]s for all principals in the account that are authorized to use %[2]s",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "%[4]s",
        "kms:ViaService" : "%[3]s.%[5]s.amazonaws.com"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:%[6]s:iam::%[4]s:root"
    },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*" ],
    "Resource" : "*"
  } ]
}`

// managedKey is the AWS managed key that the alias will name, not yet stored and without material. The same call always gets the same one.
func (s *Service) managedKey(c *service.Call, alias string) (*held, error) {
	name := strings.TrimPrefix(alias, managedPrefix)
	through := managedServices[name]
	sum := sha256.Sum256([]byte("aws managed key\x00" + c.Account + "\x00" + c.Region + "\x00" + name))
	id := [16]byte(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	k := &Key{
		Account: c.Account, Region: c.Region, ID: keyIDOf(id, false), Created: c.Time.UTC().Truncate(time.Millisecond), Service: name,
		Description: "Default key that protects my " + shownService(name) + " data when no other key is defined",
		Spec:        material.Symmetric, Usage: material.EncryptDecrypt, Origin: api.OriginTypeAwsKms, State: api.KeyStateEnabled,
		Aliases: []string{alias}, Policy: fmt.Sprintf(managedPolicy, name, shownService(name), through, c.Account, c.Region, c.Partition),
		Rotation: Rotation{Days: managedRotation, Next: c.Time.UTC().AddDate(0, 0, managedRotation).Truncate(time.Millisecond)},
	}
	return hold(k)
}

// managedRotation is the period in days after which AWS managed keys are rotated.
const managedRotation = 365

// shownService is how descriptions and policies of AWS managed keys name a service.
func shownService(name string) string {
	switch name {
	case "s3", "ebs", "ecr", "rds", "sns", "sqs", "ses", "acm", "dms", "ssm", "mq":
		return strings.ToUpper(name)
	}
	return name
}

// make brings the AWS managed key of a call into being, in the call's one commit.
func (s *Service) make(u *use) error {
	if err := s.makeManaged(u.Call, func() *found { return u.Found.(*found) }); err != nil {
		return err
	}
	u.key = u.Found.(*found).key
	return nil
}

// makeManaged stores the key that the resource rule found to be unmade; found says what it finds in the commit, where another call may have been first.
func (s *Service) makeManaged(c *service.Call, now func() *found) error {
	return c.Commit(func(tx store.Tx) error {
		f := now()
		if f.problem != nil || !f.unmade {
			return f.problem
		}
		k := f.key.Key
		if err := s.generate(c, k); err != nil {
			return err
		}
		if err := aliasTable.Insert(tx, &Alias{Account: k.Account, Region: k.Region, Name: k.Aliases[0], Key: k.ID, Created: k.Created, Updated: k.Created}); err != nil {
			return err
		}
		return save(tx, nil, k)
	})
}
