// Package sandbox runs the code of functions in isolation: all namespaces, no capabilities, a system call filter, limits of memory, processes, disk and
// time, no network but, where a function asks for it, the API's own endpoint. It speaks the Lambda Runtime API to the code ("Using the Lambda
// runtime API"), and knows nothing of functions' names, versions or permissions: service/lambda does.
//
// Without an isolator on the host there is no runtime: code never runs bare.
package sandbox
