// Package logtransform turns log events into JSON by the processors of CloudWatch Logs' transformers. User Guide: "Transform logs during ingestion".
//
// A configuration is compiled once ([Compile]); [Transformer.Transform] runs its processors one after the other on a document that starts empty, and answers
// the document, or why it could not be made. Time and memory of one event are bounded: expressions are RE2's and of a bounded size, documents have 200 values
// and a megabyte at most.
//
// What AWS leaves unsaid is decided so: a parser that cannot read its source, a conversion that fails and a path that leads through a value fail the
// transformation; a key that is absent is passed over. Patterns of grok match anywhere in the source. parseWAF makes of a label a key whose value is its name.
//
// Start reading at config.go, then transform.go.
package logtransform
