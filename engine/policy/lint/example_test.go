package lint_test

import (
	"fmt"

	"vauban/engine/catalog"
	"vauban/engine/policy/lint"
)

func ExampleCheck() {
	cat, err := catalog.Load()
	if err != nil {
		panic(err)
	}
	const text = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}}`
	for _, f := range lint.Check([]byte(text), lint.Kind{Policy: lint.Identity}, cat) {
		at := f.Locations[0].Span.Start
		fmt.Printf("%d:%d %s %s %s\n", at.Line, at.Column, f.Type, f.IssueCode, f.Details)
	}
	// Output: 1:69 ERROR INVALID_ACTION The action s3:GetObjekt does not exist. Did you mean s3:GetObject?
}
