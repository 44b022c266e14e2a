// Package sql answers SELECT statements over JSON documents of a known schema: the part of Trino's SQL that questions about an audit log
// need. A statement is parsed into a tree of bounded size and depth, checked against the schema, and compiled into functions that look at
// one document after the other; it never reaches a database.
//
// Start reading at [Compile], then [Query.Run]. parse.go holds the grammar, check.go what names and types mean, functions.go the functions.
// Trino documentation: "SELECT", "Functions and operators".
//
// What it has: SELECT [DISTINCT] with expressions and aliases, FROM one table, WHERE, GROUP BY, HAVING, ORDER BY with NULLS FIRST or LAST, OFFSET,
// LIMIT; AND, OR, NOT with three values, comparisons, LIKE with ESCAPE, IN with a list, BETWEEN, IS [NOT] NULL, IS [NOT] DISTINCT FROM,
// arithmetic, ||, CASE, CAST and TRY_CAST, EXTRACT, intervals; members of rows by dots and of maps and arrays by brackets. What it has not: joins,
// subqueries, WITH, UNION, window functions, UNNEST and lambdas; each is refused by its name, with the place.
package sql
