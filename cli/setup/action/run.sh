#!/usr/bin/env bash
# dyno run as the action's inputs say. Its exit code and files become outputs; the step itself fails only where there is no verdict to hand on.
set -uo pipefail

out="$RUNNER_TEMP/npu-dyno"
mkdir -p "$out"
rm -f "$out"/dyno.*
words=(run --format plain --no-input)
[ -n "${DYNO_ACTION_CONFIG:-}" ] && words+=(--config "$DYNO_ACTION_CONFIG")
[ -n "${DYNO_ACTION_BASE:-}" ] && words+=(--base "$DYNO_ACTION_BASE")
[ -n "${DYNO_ACTION_ON:-}" ] && words+=(--on "$DYNO_ACTION_ON")
[ "${DYNO_ACTION_STRICT:-false}" = true ] && words+=(--strict)
while IFS= read -r line; do
  [ -n "$line" ] && words+=("$line")
done <<< "${DYNO_ACTION_ARGS:-}"
for kind in html md json junit sarif; do words+=(--output "$kind=$out/dyno.$kind"); done

node "$GITHUB_ACTION_PATH/dist/bin/dyno.js" "${words[@]}"
code=$?

verdict='dyno could not run: see the log of this step.'
if [ -s "$out/dyno.json" ]; then
  verdict=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).verdict.sentence.replace(/\s+/g, " ")' "$out/dyno.json")
fi
{
  echo "exit-code=$code"
  echo "verdict=$verdict"
  [ -s "$out/dyno.json" ] && printf '%s\n' "folder=$out" "markdown=$out/dyno.md" "sarif=$out/dyno.sarif" "junit=$out/dyno.junit" "report=$out/dyno.html"
} >> "$GITHUB_OUTPUT"
exit 0
