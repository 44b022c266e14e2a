// Package arn takes Amazon Resource Names apart and puts them together. It knows the six parts of an ARN and nothing of what
// any service puts into them. Start reading at [Parse].
//
// AWS documentation: "Identify AWS resources with Amazon Resource Names (ARNs)".
package arn
