# What a shell has before it reads a PKGBUILD: the names of the settings, and the functions of
# makepkg that recipes have come to call.

__rbee_settings=(CARCH CHOST CPPFLAGS CFLAGS CXXFLAGS LDFLAGS LTOFLAGS RUSTFLAGS MAKEFLAGS
  DEBUG_CFLAGS DEBUG_CXXFLAGS DEBUG_RUSTFLAGS BUILDENV OPTIONS INTEGRITY_CHECK STRIP_BINARIES
  STRIP_SHARED STRIP_STATIC MAN_DIRS DOC_DIRS PURGE_TARGETS LIB_DIRS DBGSRCDIR DLAGENTS VCSCLIENTS
  PACKAGER GPGKEY PKGEXT SRCEXT COMPRESSGZ COMPRESSBZ2 COMPRESSXZ COMPRESSZST COMPRESSLRZ
  COMPRESSLZO COMPRESSZ COMPRESSLZ4 COMPRESSLZ BUILDTOOL BUILDTOOLVER SOURCE_DATE_EPOCH)

# Writes the variable $3 to descriptor 3, if it is set: a string as a record $1, an array as $2.
__rbee_write() {
  builtin declare -p "$3" &>/dev/null || return 0
  local -n __rbee_written=$3
  if [[ ${__rbee_written@a} == *[aA]* ]]; then
    builtin printf '%s\0' "$2" "$3" "${#__rbee_written[@]}" "${__rbee_written[@]}" >&3
  else
    builtin printf '%s\0' "$1" "$3" "${__rbee_written-}" >&3
  fi
}

# shellcheck disable=SC2059 # the first argument is a format, as it is for makepkg
{
  plain() { builtin printf "    $1\n" "${@:2}"; }
  plainerr() { plain "$@" >&2; }
  msg() { builtin printf "==> $1\n" "${@:2}"; }
  msg2() { builtin printf "  -> $1\n" "${@:2}"; }
  warning() { builtin printf "==> WARNING: $1\n" "${@:2}" >&2; }
  error() { builtin printf "==> ERROR: $1\n" "${@:2}" >&2; }
}
have_function() { builtin declare -f "$1" >/dev/null; }
in_array() {
  local wanted=$1 each
  for each in "${@:2}"; do
    [[ $each == "$wanted" ]] && return 0
  done
  return 1
}
get_full_version() {
  if [[ ${epoch-} && $epoch != 0 ]]; then
    builtin printf '%s:%s-%s\n' "$epoch" "${pkgver-}" "${pkgrel-}"
  else
    builtin printf '%s-%s\n' "${pkgver-}" "${pkgrel-}"
  fi
}

# check_option NAME y|n: whether the option is on (off). The last word on it counts; the recipe's
# come after the settings'. One that is not named is neither.
check_option() { __rbee_is "$1" "$2" "${OPTIONS[@]}" "${options[@]}"; }
check_buildenv() { __rbee_is "$1" "$2" "${BUILDENV[@]}"; }
check_buildoption() { __rbee_is "$1" "$2" "${BUILDENV[@]}" "${options[@]}"; }
__rbee_is() {
  local each found=
  for each in "${@:3}"; do
    case $each in
      "$1") found=y ;;
      "!$1") found=n ;;
    esac
  done
  [[ $found == "$2" ]]
}
