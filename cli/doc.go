// Package cli is the command line: one struct per command, and nothing that a command needs which another package could own.
//
// An error says what failed; a hint below it says what to do next. Start reading at [Main].
package cli
