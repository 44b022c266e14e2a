// Package schedule reads the schedule expressions of EventBridge rules and EventBridge Scheduler, rate(...), cron(...) and at(...), and says when they are
// due next. It is pure: it waits for nothing and knows no clock. Start reading at expression.go; the six fields are in field.go, the two day fields in
// day.go, the search in next.go.
//
// AWS documentation: "Setting a schedule pattern for scheduled rules" and "Cron expressions reference" (EventBridge), "Schedule types in EventBridge
// Scheduler". What those pages leave open is decided here like this: day names and months may be in lower case; a range may wrap (FRI-MON, 22-2); "/5"
// means "*/5"; LW is the last weekday of the month; L, W and # stand alone in their field; an offset from the last day (L-3) is refused; a step must be
// smaller than its field is long; an expression without any date to come is valid and is never due.
package schedule
