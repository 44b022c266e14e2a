// Package glob matches text against patterns in which * stands for any run of characters and ? for any one character (of UTF-8, not
// byte). There are no character classes and no escapes, as in IAM policies. It must not know where patterns come from. Start reading
// at [Compile].
//
// # No pattern is slow
//
// Matching takes time linear in the text, whatever the pattern: an ordinary pattern one pass (match.go), and one that would have to be
// tried again and again at most length of text times length of pattern / 64 steps (simulate.go). Literal text after a * is looked for
// with [strings.Index], so that a pattern of * and literal text alone takes time linear in both. Nothing is allocated for texts under
// 4,096 bytes.
package glob
