#!/bin/sh
# Runs every fuzz target for FUZZTIME (default 10s), all of them whatever they find, and fails if one did. New failing inputs land in testdata/fuzz of
# their package: commit them with the fix.
set -eu
cd "$(dirname "$0")/.."
failed=
for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	dir=$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $dir $target"
		if out=$(go test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}"); then
			echo "$out" | tail -1
		else
			echo "$out"
			failed="$failed $dir:$target"
		fi
	done
done
if [ -n "$failed" ]; then
	echo "failed:$failed" >&2
	exit 1
fi
