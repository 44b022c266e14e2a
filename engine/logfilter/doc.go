// Package logfilter matches log events against the filter patterns of CloudWatch Logs: terms, JSON patterns such as { $.status >= 500 } and space-delimited
// patterns such as [ip, user, ..., status=5*]. User Guide: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail".
//
// Start reading at [Compile]. A pattern is parsed once; matching is linear in the event for every pattern: wildcards are matched by segments, and regular
// expressions, which AWS allows without parentheses, are RE2's, two of them at most, and of a bounded size ([vauban/engine/regex]).
//
// What AWS leaves unsaid is decided so: a comparison of a property that an event does not have never matches, != included; a quoted value is compared with
// strings, an unquoted number with numbers and with strings that spell it alike; ?terms beside other terms are ignored.
package logfilter
