# Runs a program under fakeroot, as
#
#   bash -c fakeroot fakeroot FOLDER PROGRAM ARGUMENT...
#
# FOLDER has the state of the run before, if there was one, and gets that of this one. fakeroot
# waits a tenth of a second for a state that is a file; through a pipe it comes at once.
#
# The daemon is only told of a new mode or owner, and ends without hearing what it has not come to yet.
# So at last it is asked something, which it answers after all that it was told.
#
# It opens the pipe once to see that somebody reads, closes it, and opens it again to write. The end
# of the first is not the end of the state, and the state is never empty: FOLDER/mark has a mode that
# it does not really have. That file stays, lest another inherits its number and with it that mode.

state=$1/state pipe=$1/pipe mark=$1/mark
shift
rm -f "$pipe" "$state.new"
mkfifo "$pipe" && : >"$mark" || exit 1
# Opening it for reading alone would wait for a writer.
exec 8<>"$pipe"
exec 9<"$pipe"
exec 8>&-
load=()
[[ -s $state ]] && load=(-i "$state")
# shellcheck disable=SC2016 # it is for that bash
fakeroot -s "$pipe" "${load[@]}" -- /bin/bash -c '
  echo started >"$1"
  chmod 0 "$1"
  "${@:2}"
  status=$?
  ls -ld / >/dev/null 3>&-
  exit "$status"' bash "$mark" "$@" 9<&-
status=$?
[[ -s $mark ]] || exit "$status" # without a daemon

tries=0
while cat <&9 >>"$state.new" && [[ ! -s $state.new ]]; do
  if ((++tries > 5000)); then
    echo 'fakeroot: its daemon ended and did not say what modes and owners it was told' >&2
    exit 1
  fi
  sleep 0.002
done
mv -f "$state.new" "$state"
exit "$status"
