#!/bin/sh
# Step 2: which states are compared, and whose policy binds. Values come from the event through the environment only.
set -eu
# shellcheck source-path=SCRIPTDIR source=_output.sh
. "$(dirname "$0")/_output.sh"

known() { [ -n "$1" ] && git cat-file -e "$1^{commit}" 2>/dev/null; }

base=$INPUT_BASE
head=$INPUT_HEAD
stage=$INPUT_STAGE
case "$EVENT_NAME" in
pull_request)
    # The merge commit is what would land; the tip of the branch stands in where only that was checked out.
    if [ -z "$head" ]; then if known "$GITHUB_SHA"; then head=$GITHUB_SHA; else head=$PR_HEAD_SHA; fi; fi
    # `pull_request.base.sha` is the base when the request was opened and may be old: the branch itself first.
    if [ -z "$base" ]; then
        base=refs/remotes/origin/$PR_BASE_REF
        known "$base" || base=$PR_BASE_SHA
    fi
    ;;
pull_request_target)
    # GITHUB_SHA is the default branch here; the head is data, fetched by the caller and never checked out by us.
    [ -n "$head" ] || head=$PR_HEAD_SHA
    [ -n "$base" ] || base=$GITHUB_SHA
    ;;
merge_group)
    [ -n "$head" ] || head=$MERGE_HEAD_SHA
    [ -n "$base" ] || base=$MERGE_BASE_SHA
    ;;
push)
    [ -n "$head" ] || head=$GITHUB_SHA
    # A new branch has no state before, and a forced push may have lost it: then the head is judged by itself.
    if [ -z "$base" ] && known "$PUSH_BEFORE"; then base=$PUSH_BEFORE; fi
    ;;
release)
    [ -n "$stage" ] || stage=release
    [ -n "$head" ] || head=$GITHUB_SHA
    ;;
*) [ -n "$head" ] || head=$GITHUB_SHA ;;
esac
# A scheduled run has no repository in its event, but it always runs on the default branch.
[ "$EVENT_NAME" != schedule ] || DEFAULT_BRANCH=${DEFAULT_BRANCH:-$GITHUB_REF_NAME}
output stage "${stage:-pr}"
output base "$base"
output head "$head"
output policy-ref "${INPUT_POLICY_REF:-refs/remotes/origin/$DEFAULT_BRANCH}"
