#!/bin/sh
# Run every fuzz target with the Python given, FUZZ_SECONDS (60) each. All run, whatever one finds;
# an input that crashes a target is kept in fuzz/crashes/.
set -u
failed=
for file in fuzz/[!_]*.py; do
    target=$(basename "$file" .py)
    log=$(mktemp)
    if "$1" -m "fuzz.$target" >"$log" 2>&1; then
        echo "$target: $(grep -c . "$log") lines of log, $(tail -1 "$log")"
    else
        failed="$failed $target"
        grep -v '^#[0-9]' "$log" | tail -40
    fi
    rm -f "$log"
done
[ -z "$failed" ] || {
    echo "crashed:$failed; run \`python -m fuzz.TARGET fuzz/crashes/FILE\` to see one again" >&2
    exit 1
}
