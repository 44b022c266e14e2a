// Package e2e drives the built binary as its users do: with the stock aws CLI, boto3, the Go SDK and Terraform, over HTTPS. A client that is not
// installed makes its test SKIP with the reason.
package e2e
