package lint

import (
	"encoding/base64"
	"math/big"
	"strings"
	"time"

	"vauban/engine/policy"
)

// comparisons checks the values of a condition as its operator reads them.
func (c *checker) comparisons(k *condition) {
	op := k.operator.Comparison
	if op == policy.Bool && len(k.values) > 1 && k.operator.Quantifier == policy.One {
		c.at("INVALID_CONDITION_MULTIPLE_BOOLEAN", k.value)
	}
	for _, v := range k.values {
		if v.Type == policy.JSONString && len(variablesIn(v.Text)) > 0 {
			c.checkVariables(v)
			if op > policy.StringLike && op != policy.ARNLike {
				c.at("INVALID_VARIABLE_FOR_OPERATOR", v)
			}
			continue
		}
		c.comparison(k, v)
	}
	switch {
	case op == policy.IPAddress:
		c.addresses(k)
	case op >= policy.NumericEquals && op <= policy.NumericGreaterThanEquals:
		c.numbers(k)
	}
}

func (c *checker) comparison(k *condition, v place) {
	switch op := k.operator.Comparison; {
	case op == policy.Bool || op == policy.Null:
		if !oneOf(v.Text, "true", "false") {
			c.at("TYPE_MISMATCH_BOOLEAN", v, k.name)
		}
	case op == policy.BinaryEquals:
		if _, err := base64.StdEncoding.DecodeString(v.Text); err != nil {
			c.at("TYPE_MISMATCH_STRING", v, k.name)
		}
	case op == policy.IPAddress:
		c.address(k, v)
	case familyOf(op) == "Numeric":
		if _, ok := number(v.Text); !ok {
			c.at("TYPE_MISMATCH_NUMBER", v, k.name)
		}
	case familyOf(op) == "Date":
		c.date(v)
	case op == policy.StringEquals || op == policy.StringEqualsIgnoreCase:
		if strings.ContainsAny(v.Text, "*?") {
			c.at("WILDCARD_WITHOUT_LIKE_OPERATOR", v)
			return
		}
		c.meaning(k, v)
	case op == policy.StringLike && !strings.ContainsAny(v.Text, "*?"):
		c.meaning(k, v)
	}
}

// number reads a decimal number.
func number(s string) (*big.Rat, bool) {
	if s == "" || len(s) > 64 || strings.ContainsAny(s, "/eE_xX") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// numbers reports several bounds of which one decides.
func (c *checker) numbers(k *condition) {
	side := ""
	switch op := k.operator.Comparison; {
	case op == policy.NumericLessThan || op == policy.NumericLessThanEquals:
		side = "greatest"
	case op == policy.NumericGreaterThan || op == policy.NumericGreaterThanEquals:
		side = "least"
	}
	if side == "" || len(k.values) < 2 {
		return
	}
	for _, v := range k.values {
		if _, ok := number(v.Text); !ok {
			return
		}
	}
	c.at("REDUNDANT_CONDITION_VALUE_NUM", k.value, k.name, side, k.key)
}

// date wants a full date. Seconds since 1970 and years are read, but perhaps not as meant. IAM User Guide: "Date condition operators".
func (c *checker) date(v place) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if _, err := time.Parse(layout, v.Text); err == nil {
			return
		}
	}
	if _, err := time.Parse("2006-01", v.Text); err == nil {
		c.at("INVALID_DATE_VALUE", v, v.Text)
		return
	}
	if _, ok := number(v.Text); ok {
		c.at("INVALID_DATE_VALUE", v, v.Text)
		return
	}
	c.at("TYPE_MISMATCH_DATE", v)
}

// meaning checks the texts of keys whose values have a form.
func (c *checker) meaning(k *condition, v place) {
	switch strings.ToLower(k.key) {
	case "aws:requestedregion":
		if !isRegion(v.Text) && v.Text != "" {
			c.at("INVALID_REGION", v, v.Text)
		}
	case "aws:sourcevpc":
		if !isResourceID(v.Text, "vpc-") {
			c.at("INVALID_VPC_FORMAT", v)
		}
	case "aws:sourcevpce":
		if !isResourceID(v.Text, "vpce-") {
			c.at("INVALID_VPCE_FORMAT", v)
		}
	case "s3:x-amz-server-side-encryption-aws-kms-key-id":
		if f := fields(v.Text); f.n < 6 || f.text[0] != "arn" || f.text[2] != "kms" || !strings.HasPrefix(f.text[5], "key/") {
			c.at("INVALID_KMS_KEY_VALUE", v, k.key)
		}
	case "iam:passedtoservice", "iam:awsservicename", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:principalservicename", "aws:principalservicenameslist":
		if !isServicePrincipal(v.Text) {
			c.at("INVALID_SERVICE_PRINCIPAL_FORMAT", v, "service-name.amazonaws.com")
		}
	case "kms:viaservice":
		if labels := strings.Split(v.Text, "."); !isServicePrincipal(v.Text) || len(labels) < 4 {
			c.at("INVALID_SERVICE_PRINCIPAL_FORMAT", v, "service-name.AWS_region.amazonaws.com")
		}
	}
}

// isResourceID knows the IDs of EC2: a prefix and 8 or 17 letters and digits.
func isResourceID(s, prefix string) bool {
	id, ok := strings.CutPrefix(s, prefix)
	return ok && (len(id) == 8 || len(id) == 17) && alphanumeric(id)
}
