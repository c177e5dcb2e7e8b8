# Runs one function of a PKGBUILD, as makepkg does. Runs in the sandbox after prelude.sh, in the
# recipe's folder, as
#
#   bash -c runner runner FUNCTION PACKAGE SRCDIR PKGDIR SETTINGS STATE REWRITTEN FLAGS
#
# SETTINGS is a folder of files that are sourced before the recipe. STATE is a file of what earlier
# functions left in the shell, or nothing. REWRITTEN is 1 if pkgver() has changed the PKGBUILD
# since: then it is read again over that state. FLAGS is 1 if the compiler flags are to be made for
# the recipe's options now.
#
# At the end descriptor 3 takes what the caller wants to know, in the bridge's records: of pkgver()
# its output, of a package's function the variables that it may change. After them follows the state
# for the next function. A function that leaves through `exit` leaves nothing there.

# One pipe for both, so that an error stands after what led to it.
exec 2>&1
umask 0022
ulimit -S -c 0
__rbee_function=$1 __rbee_package=$2 __rbee_srcdir=$3 __rbee_pkgdir=$4 __rbee_conf=$5
__rbee_state=$6 __rbee_rewritten=$7 __rbee_flags=$8
set --
startdir=$PWD
srcdir=$__rbee_srcdir
pkgdir=$__rbee_pkgdir
: "${SRCDEST:=$startdir}" "${PKGDEST:=$startdir}" "${BUILDDIR:=$startdir}"

# What a package's function may change for its package alone.
__rbee_overrides=(pkgdesc arch url license groups depends optdepends provides conflicts replaces
  backup options install changelog)

# In a function, as makepkg does: a plain `declare` of the recipe is local to it and gone after it.
__rbee_source() {
  shopt -u extglob
  # shellcheck disable=SC1090
  source "$1" 3>&-
  shopt -s extglob
}

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

if [[ $__rbee_state ]]; then
  # shellcheck disable=SC1090
  source "$__rbee_state" 3>&- 2>/dev/null
  if [[ $__rbee_rewritten == 1 ]]; then
    __rbee_source ./PKGBUILD
    pkgbase=${pkgbase:-${pkgname[0]}}
  fi
else
  for __rbee_each in "$__rbee_conf"/*; do
    __rbee_source "$__rbee_each"
  done
  __rbee_source ./PKGBUILD
  pkgbase=${pkgbase:-${pkgname[0]}}
  __rbee_merge
fi
srcdir=$__rbee_srcdir
pkgdir=$__rbee_pkgdir
[[ $__rbee_package ]] && pkgname=$__rbee_package

if [[ $__rbee_flags == 1 ]]; then
  if __rbee_is buildflags n "${OPTIONS[@]}" "${options[@]}"; then
    unset -v CPPFLAGS CFLAGS CXXFLAGS LDFLAGS RUSTFLAGS LTOFLAGS
    unset -v DEBUG_CFLAGS DEBUG_CXXFLAGS DEBUG_RUSTFLAGS
  else
    if __rbee_is debug y "${OPTIONS[@]}" "${options[@]}"; then
      __rbee_map=$srcdir=${DBGSRCDIR:-/usr/src/debug}/$pkgbase
      DEBUG_CFLAGS+=" -ffile-prefix-map=$__rbee_map"
      DEBUG_CXXFLAGS+=" -ffile-prefix-map=$__rbee_map"
      DEBUG_RUSTFLAGS+=" --remap-path-prefix=$__rbee_map"
      CFLAGS+=" $DEBUG_CFLAGS"
      CXXFLAGS+=" $DEBUG_CXXFLAGS"
      RUSTFLAGS+=" $DEBUG_RUSTFLAGS"
    fi
    if __rbee_is lto y "${OPTIONS[@]}" "${options[@]}"; then
      CFLAGS+=" ${LTOFLAGS:--flto}"
      CXXFLAGS+=" ${LTOFLAGS:--flto}"
      LDFLAGS+=" ${LTOFLAGS:--flto}"
    fi
  fi
  __rbee_is makeflags n "${OPTIONS[@]}" "${options[@]}" && unset -v MAKEFLAGS
fi
case $__rbee_function in
  verify | prepare | pkgver) export -n CHOST ;;
  *) export CPPFLAGS CFLAGS CXXFLAGS LDFLAGS RUSTFLAGS MAKEFLAGS CHOST ;;
esac

# What the function does to the shell itself ends with it.
__rbee_shell=$(
  builtin shopt -p
  builtin set +o
)
[[ $__rbee_package ]] && __rbee_saved=$(
  for __rbee_each in "${__rbee_overrides[@]}"; do
    builtin declare -p "$__rbee_each" 2>/dev/null
  done
)

# The trap ends the function at its first failing command even if it unsets errexit.
# shellcheck disable=SC2317 # the trap calls it
__rbee_failed() {
  ((BASH_SUBSHELL > __rbee_depth)) && builtin exit 4
  builtin printf '%s(): %s: status %s\n' "$__rbee_function" "$2" "$1" >&2
  builtin exit "$1"
}
__rbee_call() {
  local -
  # A package without a function is an empty one.
  [[ ! $__rbee_package ]] || builtin declare -F "$__rbee_function" >/dev/null || return 0
  set -o errexit -o errtrace
  __rbee_depth=$BASH_SUBSHELL
  trap '__rbee_failed "$?" "$BASH_COMMAND"' ERR
  if [[ $__rbee_function == verify ]]; then cd "$startdir"; else cd "$srcdir"; fi
  "$__rbee_function" 3>&-
  trap - ERR
}
if [[ $__rbee_function == pkgver ]]; then
  # Not beside `||`, where a failing command ends nothing.
  __rbee_said=$(__rbee_call 3>&-)
  __rbee_status=$?
  ((__rbee_status == 0)) || builtin exit "$__rbee_status"
  builtin printf '%s\0' S pkgver "$__rbee_said" >&3
else
  __rbee_call
fi
builtin eval "$__rbee_shell"
__rbee_ifs=${IFS-$' \t\n'}
IFS=$' \t\n'

if [[ $__rbee_package ]]; then
  __rbee_merge
  for __rbee_each in "${__rbee_overrides[@]}" makedepends checkdepends; do
    __rbee_write S A "$__rbee_each"
  done
  for __rbee_each in "${__rbee_settings[@]}"; do
    __rbee_write C c "$__rbee_each"
  done
fi
builtin printf '%s\0' E >&3
[[ $__rbee_function == pkgver ]] && builtin exit 0

{
  builtin printf '%s\n' "$__rbee_shell"
  builtin umask -p
  builtin alias -p
  builtin declare -f
  while IFS= builtin read -r __rbee_each; do
    case $__rbee_each in
      __rbee_* | BASH* | COMP_* | DIRSTACK | EPOCHREALTIME | EPOCHSECONDS | EUID | FUNCNAME | \
        GROUPS | HISTCMD | IFS | LINENO | OLDPWD | OPTARG | OPTERR | OPTIND | PIPESTATUS | PPID | PWD | RANDOM | \
        REPLY | SECONDS | SHELLOPTS | SHLVL | SRANDOM | UID | _ | pkgdir | srcdir | startdir) continue ;;
    esac
    # The next package has a fakeroot of its own.
    if [[ $__rbee_package && " ${__rbee_overrides[*]} FAKEROOTKEY FAKED_MODE FAKEROOT_FD_BASE LD_PRELOAD \
      LD_LIBRARY_PATH " == *" $__rbee_each "* ]]; then
      continue
    fi
    builtin declare -p "$__rbee_each" 2>/dev/null
  done < <(builtin compgen -v)
  builtin printf 'IFS=%q\n' "$__rbee_ifs"
  builtin printf '%s\n' "${__rbee_saved-}"
} >&3
builtin exit 0
