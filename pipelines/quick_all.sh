#!/bin/sh
# Runs the profile `quick` of the experiments that are named, one after the other, and sums up what became of
# each. `make quick-all` names all of them. Results lie where `bal run` puts them: what is there already is not
# done again. Exit code 1 if one of them failed; one whose data set cannot be had is no failure.
set -u
bal=${BAL:-bal}

summary='' failed=0 stopped=''
# `bal run` is sent the same signal, and ends in order.
trap 'stopped=yes' HUP INT TERM
say() {
    line=$(printf '%-24s %s' "$1" "$2")
    printf '== %s\n' "$line"
    summary="$summary$line
"
}

for name in "$@"; do
    printf '== %s\n' "$name"
    start=$(date +%s)
    "$bal" run "pipelines/$name.yaml" --profile quick </dev/null
    code=$?
    seconds=$(($(date +%s) - start))
    case $code in
        0) say "$name" "done in $seconds s: artifacts/$name-quick/report/report.html" ;;
        7) say "$name" 'not run: data set not available' ;;
        *) say "$name" "failed with exit code $code after $seconds s"; failed=1 ;;
    esac
    # Who stops one of them stops all.
    [ -z "$stopped" ] && [ "$code" -lt 128 ] || break
done
printf '\n%s' "$summary"
[ "${code:-0}" -lt 128 ] || exit "$code"
exit $failed
