// Package lifecycle says when the rules of a bucket end an object: when a current version expires, when a noncurrent one is removed, when a
// delete marker that hides nothing goes, and when an upload that was not completed is aborted. It is pure: it names the time and the rule,
// and does nothing. Storage classes are not its concern; see [Check] for what is refused.
//
// Days count from an object's creation (or from when it ceased to be current) and end at the next midnight UTC. AWS documentation: "Lifecycle
// configuration elements", "Expiring objects". Start reading at rule.go.
package lifecycle
