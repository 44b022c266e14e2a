// Package public says whether a bucket policy is public in the sense of S3's Block Public Access. That is a rule about the text of the
// Allow statements, not about all requests (which package analysis decides): whoever is let in must be named by a fixed value, and one
// statement that does not do so makes the whole policy public. What Deny statements take away does not count.
//
// AWS documentation: "Blocking public access to your Amazon S3 storage", the meaning of "public".
package public
