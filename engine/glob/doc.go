// Package glob matches text against patterns in which * stands for any run of characters and ? for any one character, without
// recursion: at most length of pattern times length of text steps, and for ordinary patterns one pass. There are no character
// classes and no escapes, as in IAM policies. It must not know where patterns come from. Start reading at [Compile].
package glob
