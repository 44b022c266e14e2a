// Command gen writes the packages below api/ from service models.
//
//	go run ./internal/gen -models DIR [-authz FILE] [-out api] [service ...]
//	go run ./internal/gen -authz FILE -catalog engine/catalog/catalog.tsv.gz
//
// The second form writes the table of all services' actions that package engine/catalog embeds; of the first:
//
// DIR holds Smithy JSON AST models, either flat (DIR/iam.json) or in the layout of the public repository aws/api-models-aws
// (models/<service>/service/<version>/<service>-<version>.json). FILE holds actions, resource types and condition keys; the default
// is ../authz/authz-core.json beside DIR. The list files in services/ say what is built: one operation a line, `#` comments, and
// `setting: value` lines (see list.go).
//
// The output depends on nothing but the models, the authorization data and the lists: members, shapes and operations are
// sorted by name, so both layouts of the same model give the same bytes. Descriptions of the models are not carried over.
//
// The way through: ast.go reads a model, closure.go prunes it to what the listed operations reach, names.go gives Go names,
// and emit_*.go write the files of a package.
package main
