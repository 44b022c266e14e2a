// Vauban is the security stack of a cloud as one program that speaks the AWS APIs.
package main

import (
	"os"

	"vauban/cli"
	"vauban/sandbox/inside"
)

func main() {
	inside.Main(os.Args[1:])
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
