// Package automaton decides questions about sets of texts that patterns describe: is there a text that some of them match and others
// do not, and which is the shortest?
//
// A [Pattern] is a row of steps, each one character out of a set or any number of them; that covers wildcards, texts without regard
// to case, and the formats of ARNs. A [Machine] runs many patterns side by side over a finite alphabet (the characters that they name,
// and one that stands for all others), and [Machine.Walk] visits every set of positions that some text leads to, shortest text
// first. The sets are found as they are needed; a budget bounds the work, and its end is told and never taken for an answer.
//
// It is pure and knows nothing of policies. Start reading at [Machine.Walk].
package automaton
