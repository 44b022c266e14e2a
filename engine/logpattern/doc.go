// Package logpattern finds the patterns of log messages: texts that recur, with what varies in them made variable. Logs Insights' commands pattern and diff and
// the anomaly detectors stand on it. User Guide: "Pattern analysis".
//
// A message is cut into tokens ([Scan]). Times, addresses, UUIDs, numbers and IDs are known by their form and vary always. A word varies where three or more
// messages differ in it and agree in the rest ([Extractor.Patterns]); a word that tells the severity never does. What is found does not depend on the order
// of the messages. Nothing here is learnt: AWS clusters by machine learning, so its patterns may be cut elsewhere.
//
// Start reading at scan.go, then extract.go and merge.go.
package logpattern
