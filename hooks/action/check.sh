#!/bin/sh
# Step 3: judge, annotate, write the reports and the step summary. Ends with 0; the last step gives the verdict.
set -euf
# shellcheck source-path=SCRIPTDIR source=_output.sh
. "$(dirname "$0")/_output.sh"

reports=$RUNNER_TEMP/headwater
mkdir -p "$reports"
sarif=${INPUT_SARIF_FILE:-$reports/report.sarif}
fail_on=$INPUT_FAIL_ON
[ "$fail_on" != never ] || fail_on=block

set -- "--stage=$STAGE" "--policy-ref=$POLICY_REF" "--fail-on=$fail_on" --color=never
if [ -n "$BASE" ]; then set -- "$@" "--base=$BASE" "--head=$HEAD_REF"; else set -- "$@" "--rev=$HEAD_REF"; fi
[ -z "$INPUT_BUDGET" ] || set -- "$@" "--budget=$INPUT_BUDGET"
for name in $INPUT_FORMATS; do set -- "$@" "--format=$name=$reports/headwater.$name"; done
set -- "$@" "--format=json=$reports/report.json" "--format=sarif=$sarif" "--format=markdown=$reports/summary.md" \
    "--format=text=$reports/report.txt" "--format=github=$reports/annotations.txt"

# A report of an earlier run in this job must not pass for one of this run.
rm -f "$reports/report.json" "$reports/report.txt" "$reports/summary.md" "$reports/annotations.txt" "$sarif"
code=0
headwater check "$@" >"$reports/log.txt" 2>&1 || code=$?

[ ! -s "$reports/log.txt" ] || quoted "$reports/log.txt"
[ ! -f "$reports/report.txt" ] || quoted "$reports/report.txt"
[ ! -f "$reports/annotations.txt" ] || cat "$reports/annotations.txt"
if [ -f "$reports/summary.md" ]; then
    cat "$reports/summary.md" >>"$GITHUB_STEP_SUMMARY" # 60,000 characters at most; the limit is 1 MiB
else
    echo "headwater could not judge this change (exit code $code); its log has the reason." >>"$GITHUB_STEP_SUMMARY"
fi

case "$code" in
0) verdict=pass ;;
1) verdict=fail ;;
3) verdict=not-evaluated ;;
*) verdict=error ;;
esac
output verdict "$verdict"
output exit-code "$code"
output reports "$reports"
[ ! -f "$reports/report.json" ] || output report "$reports/report.json"
[ ! -f "$sarif" ] || output sarif-file "$sarif"
[ ! -f "$reports/summary.md" ] || output summary "$reports/summary.md"
