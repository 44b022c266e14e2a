// Package inherit merges the management policies of an organization (tag policies, backup policies, opt-outs …) into the policy that is
// effective for one account. A policy is a tree of settings; at its leaves, operators say how a value joins what is inherited.
//
// It knows the operators, not what the settings mean. Organizations User Guide: "Policy syntax and inheritance for management policy
// types". Start reading at [Merge].
package inherit
