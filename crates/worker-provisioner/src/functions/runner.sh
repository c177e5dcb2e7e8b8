# Runs one function of a PKGBUILD, as makepkg does. Runs in the sandbox, in the recipe's folder, as
#
#   bash -c runner runner FUNCTION PACKAGE SRCDIR PKGDIR STATE REWRITTEN
#
# STATE is a file of what earlier functions left in the shell, or nothing. REWRITTEN is 1 if
# pkgver() has changed the PKGBUILD since: then the recipe's own values win over those left.
#
# Descriptor 3 takes what the caller wants to know: of pkgver() its output, of prepare() and build()
# the state for those that come after, and of a package's function, in the bridge's records, the
# variables that its package is described by.

# One pipe for both, so that an error stands after what led to it.
exec 2>&1
umask 0022
ulimit -S -c 0
__rbee_function=$1 __rbee_package=$2 __rbee_srcdir=$3 __rbee_pkgdir=$4 __rbee_state=$5
__rbee_rewritten=$6
set --
startdir=$PWD
srcdir=$__rbee_srcdir
pkgdir=$__rbee_pkgdir

# A readonly of the recipe would be set twice; that is no reason to fail.
# shellcheck disable=SC1090
[[ $__rbee_state && $__rbee_rewritten == 1 ]] && source "$__rbee_state" 3>&- 2>/dev/null
shopt -u extglob
# shellcheck disable=SC1091
source ./PKGBUILD 3>&-
shopt -s extglob
# shellcheck disable=SC1090
[[ $__rbee_state && $__rbee_rewritten != 1 ]] && source "$__rbee_state" 3>&- 2>/dev/null

srcdir=$__rbee_srcdir
pkgdir=$__rbee_pkgdir
pkgbase=${pkgbase:-${pkgname[0]}}
[[ $__rbee_package ]] && pkgname=$__rbee_package
case $__rbee_function in
  prepare | pkgver) declare +x CPPFLAGS CFLAGS CXXFLAGS LDFLAGS ;;
esac

cd "$srcdir" || exit 1
# Adds the arrays of this architecture to those of all.
__rbee_merge() {
  local __rbee_each
  for __rbee_each in provides conflicts depends replaces optdepends makedepends checkdepends; do
    local -n __rbee_all=$__rbee_each __rbee_own=${__rbee_each}_$CARCH
    __rbee_all+=("${__rbee_own[@]}")
    unset -v __rbee_own
    unset -n __rbee_all __rbee_own
  done
}
[[ $__rbee_package ]] && __rbee_merge

# As makepkg: the trap ends the function at its first failing command even if it unsets errexit.
# shellcheck disable=SC2317 # the trap calls it
__rbee_failed() {
  builtin printf '%s(): %s: status %s\n' "$__rbee_function" "$2" "$1" >&2
  builtin exit "$1"
}
set -o errexit -o errtrace
trap '__rbee_failed "$?" "$BASH_COMMAND"' ERR
if [[ $__rbee_function == pkgver ]]; then
  (pkgver >&3 3>&-)
else
  "$__rbee_function" 3>&-
fi

trap - ERR
set +o errexit +o errtrace
__rbee_write() {
  builtin declare -p "$1" &>/dev/null || return 0
  local -n __rbee_written=$1
  if [[ ${__rbee_written@a} == *[aA]* ]]; then
    builtin printf '%s\0' A "$1" "${#__rbee_written[@]}" "${__rbee_written[@]}" >&3
  else
    builtin printf '%s\0' S "$1" "${__rbee_written-}" >&3
  fi
}
if [[ $__rbee_package ]]; then
  __rbee_merge
  for __rbee_each in pkgdesc arch url license groups depends optdepends provides conflicts replaces \
    backup options install changelog makedepends checkdepends SOURCE_DATE_EPOCH PACKAGER BUILDENV \
    OPTIONS; do
    __rbee_write "$__rbee_each"
  done
  builtin printf '%s\0' E >&3
fi
case $__rbee_function in
  prepare | build) ;;
  *) exit 0 ;;
esac
while IFS= builtin read -r __rbee_each; do
  case $__rbee_each in
    __rbee_* | BASH* | COMP_* | DIRSTACK | EPOCH* | EUID | FUNCNAME | GROUPS | HISTCMD | HOME | \
      LINENO | OLDPWD | OPT* | PIPESTATUS | PPID | PWD | RANDOM | REPLY | SECONDS | SHELLOPTS | \
      SHLVL | SRANDOM | TMPDIR | UID | _ | pkgdir | srcdir | startdir) ;;
    *) builtin declare -p "$__rbee_each" >&3 2>/dev/null ;;
  esac
done < <(builtin compgen -v)
builtin declare -f >&3
exit 0
