// Package blobtest is the suite that every driver of blob.Store passes. Start reading at [Run].
package blobtest
