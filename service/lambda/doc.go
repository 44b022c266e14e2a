// Package lambda is AWS Lambda: functions whose code runs isolated on this host, with an execution role whose temporary credentials are all that
// it can do.
package lambda
