#!/bin/sh
# Step 1: headwater in an environment of its own. Nothing of the judged tree is imported, built or read:
# python runs isolated (-I), from the runner's temporary folder.
set -eu
cd "$RUNNER_TEMP"
case "$HEADWATER_VERSION" in
"") wanted=$GITHUB_ACTION_PATH ;; # the very revision of this action
*[!0-9A-Za-z.+!]*)
    echo "::error title=headwater::the input version is not an exact version, such as 0.1.0"
    exit 2
    ;;
*) wanted="headwater==$HEADWATER_VERSION" ;;
esac
"${HEADWATER_PYTHON:-python3}" -I -m venv headwater-venv
bin=$RUNNER_TEMP/headwater-venv/bin
[ -d "$bin" ] || bin=$RUNNER_TEMP/headwater-venv/Scripts
"$bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input "$wanted"
printf '%s\n' "$bin" >>"$GITHUB_PATH"
