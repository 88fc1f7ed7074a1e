# shellcheck shell=sh
# Sourced by the steps: hand a value to later steps. The delimiter is random, so that no value can end itself early.
output() {
    delimiter="headwater_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s<<%s\n%s\n%s\n' "$1" "$delimiter" "$2" "$delimiter" >>"$GITHUB_OUTPUT"
}

# Print a file that holds text of others: the runner reads no command between the two lines.
quoted() {
    token="headwater_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '::stop-commands::%s\n' "$token"
    cat "$1"
    printf '\n::%s::\n' "$token"
}
