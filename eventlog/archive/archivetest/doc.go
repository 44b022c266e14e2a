// Package archivetest is the suite that every driver of the archive passes. Start reading at [Run].
package archivetest
