#!/usr/bin/env bash
# One comment of dyno's on the pull request: found by its first line, written anew in place. A token that may not write (pull requests of forks) is a warning.
set -uo pipefail

marker='<!-- npu-dyno -->'
body="$RUNNER_TEMP/npu-dyno-comment.md"
number=$(node -p 'JSON.parse(require("fs").readFileSync(process.env.GITHUB_EVENT_PATH, "utf8")).pull_request.number')
{ echo "$marker"; cat "$DYNO_MARKDOWN"; } > "$body"

comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
found=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id") || {
  echo '::warning title=npu-dyno::The comments of the pull request could not be read: the action needs the permission pull-requests: write.'
  exit 0
}
id=$(head -n 1 <<< "$found")
if [ -n "$id" ]; then
  call=(--method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id")
else
  call=(--method POST "$comments")
fi
gh api "${call[@]}" -F "body=@$body" --silent || echo '::warning title=npu-dyno::The comment could not be written: the action needs the permission pull-requests: write.'
exit 0
