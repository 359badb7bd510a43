#!/usr/bin/env bash
# Runs every fuzz target for TIME (10m) each, one after another: TIME=30s bash .ci/fuzz.sh [PATTERN of PACKAGE.TARGET]
# A table of executions, new inputs and crashes goes to standard output, and also to OUT where that is named; it exits 1 where a
# target crashed. Inputs that crash stay in the package's testdata/fuzz, where the plain tests find them.
set -uo pipefail
cd "$(dirname "$0")/.."
time=${TIME:-10m} pattern=${1:-.} out=${OUT:-/dev/null}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

targets() { # PACKAGE TARGET, a line each
  grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+\(f \*testing\.F\)' . |
    sed -E 's|^\./(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]+).*|\1 \2|' | sort
}

say() { printf '%-22s %-20s %10s %12s %10s  %s\n' "$@" | tee -a "$out"; }

: > "$out"
say package target seconds executions new result
failed=0
while read -r package target; do
  [[ $package.$target =~ $pattern ]] || continue
  log="$logs/${package//\//-}-$target" before=$SECONDS
  # one worker: what a target takes of memory and time is then its own; no minimizing: where coverage varies from time to time, as
  # with maps and goroutines, it takes a minute for every input and finds nothing
  if go test "./$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 0 -parallel 1 -timeout 0 >"$log" 2>&1; then
    result=ok
  elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
    result='ok (go test says of its own time that it is over)'
  else
    failed=1
    result=$(sed -nE 's|.*Failing input written to (.*)|\1|p' "$log" | head -n 1)
    result="CRASH ${result:-(see below)}"
  fi
  last=$(grep -E '^fuzz: elapsed.*execs' "$log" | tail -n 1)
  executions=$(sed -nE 's/.*execs: ([0-9]+).*/\1/p' <<<"$last")
  new=$(sed -nE 's/.*new interesting: ([0-9]+).*/\1/p' <<<"$last")
  say "$package" "$target" $((SECONDS - before)) "${executions:-0}" "${new:-0}" "$result"
  [[ $result == ok ]] || grep -vE '^fuzz: ' "$log" | head -n 60 | tee -a "$out"
done < <(targets)
exit $failed
