#!/bin/sh
# Fuzzes every reader of bytes from outside with libFuzzer: scripts/fuzz.sh [SECONDS for each] [TARGET…].
# Needs `cargo install cargo-fuzz`. Prints a table of executions and crashes; ends with 1 after a crash.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
# The stable compiler is enough. libFuzzer's counters need an unstable flag; safe code needs no sanitizer.
export RUSTC_BOOTSTRAP=1
targets=${*:-$(cargo fuzz list)}
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
printf '%-12s %14s %8s\n' target executions crashes
for target in $targets; do
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    log="$logs/$target"
    cargo fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 \
        > "$log" 2>&1 || failed=1
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    crashes=$(find "fuzz/artifacts/$target" -type f | wc -l)
    printf '%-12s %14s %8s\n' "$target" "${executions:-none}" "$crashes"
    [ -n "$executions" ] || { tail -n 20 "$log"; failed=1; }
done
exit $failed
