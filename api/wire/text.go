package wire

// AppendString appends s as a JSON string, with invalid UTF-8 replaced.
func AppendString(dst []byte, s string) []byte { return appendJSONString(dst, s) }
