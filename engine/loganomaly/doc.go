// Package loganomaly knows the patterns of a log group and finds what is unusual in a period: a pattern that was never there, one that comes far more often or
// no longer, and a new value of a token that had few. User Guide: "Log anomaly detection".
//
// A [Model] is all that is known; a [Window] takes the messages of one period, and [Window.End] answers what was unusual, each with the messages that show it,
// and learns the rest. The rules are these and no others (AWS learns by its own methods):
//
//   - A pattern is new when none that is known is a case of it or it of them, once [MinEvents] messages were seen.
//   - A pattern is more frequent when a period has 20 of it at least and more than five deviations above the mean of the periods before, of which there must be
//     twelve; the deviation counts as the root of the mean at least. It has stopped when it was in each of those, 20 times on average, and is not in this one.
//   - A value is new where a token had five values at most in a hundred messages.
package loganomaly
