// Package cors matches requests of browsers from other origins against the rules of a bucket, and says which headers answer them. It is
// pure: the origin, method and headers of a request go in.
//
// AWS documentation: "Using cross-origin resource sharing (CORS)", "Elements of a CORS configuration". Start reading at [Match].
package cors
