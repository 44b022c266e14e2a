// Package archtest holds the architecture's rules as tests: who may import whom, what a package must document, and that every
// operation asks before it acts. A rule that fails says why it exists. It has no code of its own.
package archtest
