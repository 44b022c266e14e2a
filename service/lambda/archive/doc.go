// Package archive checks deployment packages, ZIP archives that clients made, and unpacks them. It trusts nothing of them: neither names nor sizes nor
// links, and writes nothing outside of the directory that it is given.
package archive
