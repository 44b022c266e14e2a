// Package fieldindex says of a block of log events that it has no event with a value in a field: a Bloom filter a field, of about ten bits a value. What it
// says no to is not there; of what is not there, it says yes to one in a hundred. User Guide: "Create field indexes to improve query performance".
package fieldindex
