#!/bin/sh
# Step 4, where asked for: one comment on the pull request, written anew each time. A fork's token may not write, and
# the annotations and the summary say the same, so a refusal here is told and does not fail the job.
set -eu
[ -f "$SUMMARY" ] && [ -n "$PR_NUMBER" ] || exit 0
comments=repos/$GITHUB_REPOSITORY/issues/$PR_NUMBER/comments
mine='.[] | select(.user.type == "Bot" and (.body | startswith("<!-- headwater:report -->"))) | .id'
if id=$(gh api --paginate "$comments" --jq "$mine" 2>/dev/null | head -n 1) && [ -n "$id" ]; then
    set -- --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id"
else
    set -- --method POST "$comments"
fi
if ! gh api "$@" --field "body=@$SUMMARY" >/dev/null 2>&1; then
    echo "::notice title=headwater::the comment could not be written (the token may only read); see the step summary"
fi
