// Package transform shapes what a target of a rule gets of an event: a part that a path names, or a template whose placeholders are filled from paths. It
// is pure: JSON goes in, text comes out.
//
// EventBridge User Guide: "Amazon EventBridge input transformation". Start reading at [Compile], then [Template.Fill].
//
// # What comes out
//
// A template is JSON in which placeholders may stand: an object, an array, or one or more strings. Outside of quotes a placeholder becomes a JSON
// value, strings with their quotes. Inside of quotes it becomes text: a string as it is, an object or an array as JSON without its quotes. What is
// filled into quotes is escaped, so that what comes out is JSON whatever the event holds; AWS does not escape. A path that leads nowhere
// gives "" outside of quotes, and nothing inside. What would have more than 1 MiB does not come out at all.
package transform
