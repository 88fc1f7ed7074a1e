#!/bin/sh
# Step 5: the exit code of the job, after everything was written.
set -eu
case "$EXIT_CODE" in
0) ;;
1 | 3) [ "$INPUT_FAIL_ON" = never ] || exit "$EXIT_CODE" ;;
"") exit 4 ;; # an earlier step did not get so far
*) exit "$EXIT_CODE" ;;
esac
