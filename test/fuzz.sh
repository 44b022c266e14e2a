#!/bin/sh
# Runs every fuzz target for FUZZTIME (default 10s). New failing inputs land in testdata/fuzz of their package: commit them with the fix.
set -eu
cd "$(dirname "$0")/.."
for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	dir=$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $dir $target"
		go test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" | tail -2
	done
done
