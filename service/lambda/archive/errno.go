package archive

import "syscall"

// errNotDirectory says that a file stands where an archive wants a directory.
const errNotDirectory = syscall.ENOTDIR
