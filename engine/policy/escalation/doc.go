// Package escalation finds who can make himself more powerful than he is meant to be: the paths from a principal to administrative
// power, or to another principal who can do what he cannot.
//
// A [World] is what exists: principals with their policies, groups, managed policies, compute that holds a role. [Paths] is a graph
// search over it. Its edges are decided by [policy.Evaluate] and by nothing else, on the concrete ARNs, under permissions boundaries,
// the organisation's policies and conditions; what an edge needs beside permissions (a free slot for an access key, a role that trusts
// the service, a function that exists) is looked up in the world and never assumed. The known ways to escalate are rows of a table
// ([Catalogue]): a new one is a new row.
//
// Each path names the questions that were asked, the statements that allowed them, and the smallest change that cuts it: the engine is
// asked again without those statements, and the path is gone.
//
// Power is judged by the engine too, never by a policy's name. An administrator is who may do iam:* on everything and can, with what is
// not denied, give a user or a role any permission and become it. Another principal is more powerful when a statement of its policies
// allows it something that is denied to who looks.
//
// Limits. Condition keys that depend on the connection (aws:SourceIp …) are absent unless [Options].Context gives them, so a permission
// that asks for them does not count. Explicit denies on single resources are seen when the very question meets them. Session policies
// that a caller gives itself are not looked at: they only take away. Not in the catalogue: identity providers that are changed to vouch for
// somebody, root, and what only a group's own denials keep back. Quotas are the defaults.
//
// Start reading at paths.go, then search.go and decide.go.
//
// AWS documentation: "Actions, resources, and condition keys for AWS Identity and Access Management", "Granting a user permissions to
// pass a role to an AWS service". The catalogue collects facts that Rhino Security Labs, Bishop Fox and pathfinding.cloud published.
package escalation
