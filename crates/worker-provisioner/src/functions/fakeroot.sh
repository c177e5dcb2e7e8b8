# Runs a program under fakeroot, as
#
#   bash -c fakeroot fakeroot FOLDER PROGRAM ARGUMENT...
#
# FOLDER has the state of the run before, if there was one, and gets that of this one. fakeroot
# waits a tenth of a second for a state that is a file; through a pipe it comes at once.
#
# The daemon is only told of a new mode or owner, and ends without hearing what it has not come to yet.
# So at last it is asked something, which it answers after all that it was told.

state=$1/state pipe=$1/pipe started=$1/started
shift
rm -f "$pipe" "$started"
mkfifo "$pipe" || exit 1
cat "$pipe" >"$state.new" 3>&- &
load=()
[[ -s $state ]] && load=(-i "$state")
# shellcheck disable=SC2016 # it is for that bash
fakeroot -s "$pipe" "${load[@]}" -- /bin/bash -c '
  : >"$1"
  "${@:2}"
  status=$?
  ls -ld / >/dev/null 3>&-
  exit "$status"' bash "$started" "$@"
status=$?
# Without a daemon nobody writes into the pipe: open and close it, so that its reader ends.
[[ -e $started ]] || : <>"$pipe"
wait
mv -f "$state.new" "$state"
exit "$status"
