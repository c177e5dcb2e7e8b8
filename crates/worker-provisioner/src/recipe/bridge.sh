# Sources a PKGBUILD and writes what it declares to descriptor 3, as NUL-terminated fields:
#
#   S name value               a string variable
#   A name count value...      an array variable
#   K name first last          the array has holes: its lowest and its highest index
#   s package name value       a string that a package's function assigns
#   a package name count v...  an array that a package's function assigns
#   F name                     a function of the recipe
#   C name value               a string of makepkg.conf, as the recipe has left it
#   c name count value...      an array of makepkg.conf
#   O letters                  the shell's options, as the recipe left them
#   M file status              a file of the settings failed with this status
#   X status                   the recipe's last command failed with this status
#   E                          the end; without it the recipe left early
#
# Runs in the sandbox after prelude.sh, as `bash -c bridge.sh NAME PKGBUILD SETTINGS`. SETTINGS is a
# folder of files that are sourced before the recipe. What the recipe writes to its standard output
# stays there, and a record separator after it shows where the output ended: its EXIT trap may write
# more.
#
# Everything is a function that is read before the recipe is: no alias of the recipe counts in it.

ulimit -S -c 0
ulimit -t 30
ulimit -v 2097152
umask 0022

__rbee_file=$1
__rbee_conf=$2
set --
startdir=$PWD

__rbee_sums=({ck,md5,sha1,sha224,sha256,sha384,sha512,b2}sums)
__rbee_suffixed=(source provides conflicts depends replaces optdepends makedepends checkdepends
  "${__rbee_sums[@]}")
__rbee_strings=(pkgbase pkgver pkgrel epoch pkgdesc url install changelog)
__rbee_others=(arch groups license noextract options backup validpgpkeys)
# What makepkg's checks evaluate of each package before anything is printed.
__rbee_checked=(arch backup changelog checkdepends conflicts depends install makedepends optdepends
  options provides)
# The order in which makepkg evaluates what it prints of a package; arrays begin with a bracket.
__rbee_printed=(pkgdesc url install changelog
  '('{arch,groups,license,checkdepends,depends,optdepends,provides,conflicts,replaces,options,backup})
__rbee_worker=(_worker_entrypoint _worker_health _worker_backends _worker_args _worker_formats
  _worker_smoke _worker_network)

# makepkg sources the recipe in a function, so that a `declare` at its top level makes a local
# variable, which is gone afterwards, and `return` ends it early.
__rbee_source() {
  local shellopts
  # shellcheck disable=SC1090
  source "$1" 3>&-
}

# Takes back what a recipe can do to the shell itself. In posix mode `unset` is itself, whatever
# function the recipe gave that name.
__rbee_recover() {
  __rbee_options=$-
  POSIXLY_CORRECT=1
  unset -f builtin declare local printf read eval mapfile set shopt trap unset exit
  unset -v POSIXLY_CORRECT
  set +euxv +o posix
  shopt -u nocasematch
  shopt -s extglob
  trap - DEBUG ERR RETURN
}

# Writes the variable $1 as it was declared: an array stays one, even where a string is expected.
__rbee_global() {
  builtin declare -p "$1" &>/dev/null || return 0
  local __rbee_name=$1
  local -n __rbee_ref=$1
  # As makepkg asks: an array that was declared and never set is none.
  if [[ ${!__rbee_name@a} == *a* ]]; then
    local __rbee_keys=("${!__rbee_ref[@]}")
    builtin printf '%s\0' A "$1" "${#__rbee_ref[@]}" "${__rbee_ref[@]}" >&3
    if ((${#__rbee_keys[@]} && __rbee_keys[-1] + 1 != ${#__rbee_keys[@]})); then
      builtin printf '%s\0' K "$1" "${__rbee_keys[0]}" "${__rbee_keys[-1]}" >&3
    fi
  else
    builtin printf '%s\0' S "$1" "${__rbee_ref-}" >&3
  fi
}

# Whether the variable $1 is a field, or the field of an architecture: then its plain name is in
# __rbee_field.
__rbee_is_field() {
  local IFS=' '
  __rbee_field=${1%%_*}
  case " ${__rbee_strings[*]} ${__rbee_others[*]} ${__rbee_suffixed[*]} " in
    *" $__rbee_field "*) ;;
    *) return 1 ;;
  esac
  [[ $1 == "$__rbee_field" || " any ${__rbee_arch[*]} " == *" ${1#*_} "* ]]
}

# Writes what the function of package $1 assigns. Like makepkg it takes the lines of the function's
# body that begin with an assignment to a known name and evaluates each by itself, after the global
# of that name (so that `+=` appends to it).
__rbee_package() {
  local __rbee_package=$1 __rbee_line __rbee_name __rbee_field __rbee_function=package_$1
  local -a __rbee_body __rbee_arch=("${arch[@]}")
  local -A __rbee_lines=() __rbee_binary=()
  builtin declare -F "$__rbee_function" >/dev/null || __rbee_function=package
  builtin mapfile -t __rbee_body < <(builtin declare -f "$__rbee_function")
  for __rbee_line in "${__rbee_body[@]}"; do
    [[ $__rbee_line =~ ^[[:space:]]*\ arch\+?=\( ]] || continue
    # The architectures of the package alone count too.
    builtin eval "${__rbee_line/#*([[:space:]])arch/__rbee_arch}" >&2 3>&-
  done 2>/dev/null
  for __rbee_line in "${__rbee_body[@]}"; do
    [[ $__rbee_line =~ ^[[:space:]]*\ ([a-z0-9]+(_[A-Za-z0-9_]*)?)\+?=(.) ]] || continue
    __rbee_name=${BASH_REMATCH[1]}
    [[ ${BASH_REMATCH[3]} == '(' ]] && __rbee_name=\($__rbee_name
    __rbee_is_field "${__rbee_name#\(}" || continue
    [[ ! ${__rbee_spilling-} ]] || __rbee_spills "$__rbee_line" || continue
    # makepkg finds the lines with grep, which stops at the first that is not UTF-8.
    [[ $__rbee_line =~ ^.*$ ]] || __rbee_binary[$__rbee_name]=1
    [[ ${__rbee_binary[$__rbee_name]-} ]] && continue
    __rbee_lines[$__rbee_name]+=${__rbee_line##*([[:space:]])}$'\n'
  done
  local pkgname=$1
  for __rbee_name in "${__rbee_printed[@]}" "${!__rbee_lines[@]}"; do
    [[ ${__rbee_lines[$__rbee_name]-} ]] || continue
    if [[ $__rbee_name == \(* ]]; then
      __rbee_own_array "${__rbee_name#\(}" "${__rbee_lines[$__rbee_name]%$'\n'}"
    else
      __rbee_own_string "$__rbee_name" "${__rbee_lines[$__rbee_name]%$'\n'}"
    fi
    __rbee_lines[$__rbee_name]=
  done
}

# Takes what the functions of the packages assign on a line besides the field that it begins with:
# of `conflicts=(a) provides=(a)`, makepkg's checks make `provides` a global.
__rbee_spill() {
  local __rbee_spilling=1 __rbee_each
  local pkgbase=${pkgbase:-${pkgname-}} srcdir=$startdir/src
  local pkgdir=$startdir/pkg/$pkgbase
  for __rbee_each in "${pkgname[@]}"; do
    __rbee_package "$__rbee_each" 3>/dev/null
  done
}

# Whether the line $1, of the field __rbee_field, is one of those.
__rbee_spills() {
  local IFS=' ' __rbee_second='=.* [A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?\+?='
  [[ " ${__rbee_checked[*]} " == *" $__rbee_field "* && $1 =~ $__rbee_second ]]
}

# __rbee_own_string NAME LINES
__rbee_own_string() {
  local __rbee_value=${!1-} __rbee_line
  while IFS= builtin read -r __rbee_line; do
    builtin eval "${__rbee_line/#$1/__rbee_value}" >&2 3>&-
  done <<<"$2" 2>/dev/null
  builtin printf '%s\0' s "$__rbee_package" "$1" "$__rbee_value" >&3
}

# __rbee_own_array NAME LINES
__rbee_own_array() {
  local __rbee_line __rbee_index
  local -a __rbee_values=()
  if builtin declare -p "$1" &>/dev/null; then
    local -n __rbee_ref=$1
    # With its indices: `+=` appends after the highest.
    for __rbee_index in "${!__rbee_ref[@]}"; do
      __rbee_values[__rbee_index]=${__rbee_ref[__rbee_index]}
    done
  fi
  while IFS= builtin read -r __rbee_line; do
    builtin eval "${__rbee_line/#$1/__rbee_values}" >&2 3>&-
  done <<<"$2" 2>/dev/null
  builtin printf '%s\0' a "$__rbee_package" "$1" "${#__rbee_values[@]}" "${__rbee_values[@]}" >&3
}

__rbee_report() {
  local __rbee_each __rbee_status=$1
  if ((__rbee_status)); then
    builtin printf '%s\0' X "$__rbee_status" E >&3
    builtin exit 0
  fi

  __rbee_spill
  builtin printf '\036\n'
  builtin printf '%s\0' O "$__rbee_options" >&3
  for __rbee_each in CARCH IGNOREARCH pkgname "${__rbee_strings[@]}" "${__rbee_others[@]}" \
    "${__rbee_suffixed[@]}" "${__rbee_worker[@]}"; do
    __rbee_global "$__rbee_each"
  done
  # A suffix counts only for the architectures that the recipe or one of its packages names, but
  # which these are is for the reader to say: write every one that is set.
  for __rbee_each in "${__rbee_strings[@]}" "${__rbee_others[@]}" "${__rbee_suffixed[@]}"; do
    __rbee_each=${__rbee_each}_
    __rbee_prefixed "$__rbee_each"
  done

  # makepkg knows these only now.
  [[ ${pkgbase-} ]] || pkgbase=${pkgname-}
  srcdir=$startdir/src
  pkgdir=$startdir/pkg/$pkgbase
  if ((${#pkgname[@]} > 0)); then
    for __rbee_each in "${pkgname[@]}"; do
      __rbee_package "$__rbee_each"
    done
  fi

  for __rbee_each in verify prepare pkgver build check package "${pkgname[@]/#/package_}"; do
    builtin declare -F "$__rbee_each" >/dev/null && builtin printf '%s\0' F "$__rbee_each" >&3
  done

  for __rbee_each in "${__rbee_settings[@]}"; do
    __rbee_write C c "$__rbee_each"
  done
  builtin printf '%s\0' E >&3
}

# Writes every variable whose name begins with $1.
__rbee_prefixed() {
  local __rbee_prefix=$1 __rbee_each
  builtin eval "for __rbee_each in \"\${!${__rbee_prefix}@}\"; do __rbee_global \"\$__rbee_each\"; done"
}

shopt -u extglob
{
  for __rbee_each in "$__rbee_conf"/*; do
    if ! __rbee_source "$__rbee_each" >&2; then
      builtin printf '%s\0' M "${__rbee_each##*/}" 1 >&3
      builtin exit 0
    fi
  done
  __rbee_status=0
  __rbee_source "$__rbee_file" || __rbee_status=$?
  __rbee_recover
  __rbee_report "$__rbee_status"
  builtin exit 0
}
