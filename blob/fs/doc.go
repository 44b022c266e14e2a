// Package fs keeps objects in a directory:
//
//	objects/3f/a1/<id>   sealed objects, two levels of directories from the ID's SHA-256
//	tmp/<random>         objects on their way in, each locked by the process that writes it
//
// An object is written to tmp, synced, and renamed to its place; then the directory is synced. What a crash leaves in tmp is
// removed by the next [Open]; the locks let several processes share a directory of a local file system. What is large goes to the disk past the kernel's
// cache, where the system can do that.
//
// This package only moves sealed bytes; the format is blob's. Start reading at [Store.Put].
package fs
