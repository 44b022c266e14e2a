// Package website says what a website endpoint of a bucket answers: which key a path means, and where a request is redirected. It reads no objects:
// the caller does, and asks again when one was not to be had. Amazon S3 User Guide: "Hosting a static website using Amazon S3".
//
// Start reading at [Site.Before].
package website
