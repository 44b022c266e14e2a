// Package pattern matches events against event patterns: what EventBridge rules select by. It is pure: JSON goes in, yes or no comes out.
//
// AWS documentation: "Event pattern syntax", "Comparison operators for use in event patterns in Amazon EventBridge". Start reading at [Compile], then
// [Pattern.Match].
//
// # What matches
//
// Every field of a pattern must match; of the values in its array, one must. A field of the event that is an array matches when one of its elements
// does; where the pattern goes on below an array of objects, one and the same object must match all of it. Numbers are equal when they are written
// alike (300 is not 300.0); the operator numeric compares their values.
//
// {"exists": false} holds when the event has no value at that path, through all arrays. An object has no value itself, nor has an empty array.
//
// # How long it takes
//
// A match has a number of steps that it may take. An event that needs more does not match: neither a large event nor a costly pattern holds up those who
// match others. In a [Set] each pattern has steps of its own, so that none takes those of another.
package pattern
