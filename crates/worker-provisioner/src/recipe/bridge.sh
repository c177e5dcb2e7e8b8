# Sources a PKGBUILD and writes what it declares to descriptor 3, as NUL-terminated fields:
#
#   S name value               a string variable
#   A name count value...      an array variable
#   s package name value       a string that a package's function assigns
#   a package name count v...  an array that a package's function assigns
#   F name                     a function of the recipe
#   X status                   the recipe's last command failed with this status
#   E                          the end; without it the recipe left early
#
# Runs in the sandbox, as `bash bridge.sh PKGBUILD`. The recipe's own output goes to stderr.

ulimit -S -c 0
ulimit -t 20
ulimit -v 2097152
umask 0022

__rbee_file=$1
set --
startdir=$PWD

shopt -u extglob
# shellcheck disable=SC1090
source "$__rbee_file" 1>&2 3>&-
__rbee_status=$?
shopt -s extglob
if ((__rbee_status)); then
  builtin printf '%s\0' X "$__rbee_status" E >&3
  builtin exit 0
fi

__rbee_sums=({ck,md5,sha1,sha224,sha256,sha384,sha512,b2}sums)
__rbee_suffixed=(source provides conflicts depends replaces optdepends makedepends checkdepends
  "${__rbee_sums[@]}")

# Writes the variable $1 as it was declared: an array stays one, even where a string is expected.
__rbee_global() {
  builtin declare -p "$1" &>/dev/null || return 0
  local -n __rbee_ref=$1
  if [[ ${__rbee_ref@a} == *[aA]* ]]; then
    builtin printf '%s\0' A "$1" "${#__rbee_ref[@]}" "${__rbee_ref[@]}" >&3
  else
    builtin printf '%s\0' S "$1" "$__rbee_ref" >&3
  fi
}

# Writes what the function of package $1 assigns. Like makepkg it takes the lines of the function's
# body that begin with an assignment to a known name and evaluates each by itself, an array after
# the global of that name (so that `+=` appends to it).
__rbee_package() {
  local __rbee_line __rbee_name __rbee_array __rbee_value __rbee_function=package_$1
  local -A __rbee_strings=() __rbee_arrays=()
  builtin declare -F "$__rbee_function" >/dev/null || __rbee_function=package
  while IFS= builtin read -r __rbee_line; do
    [[ $__rbee_line =~ ^[[:space:]]*\ ([a-z0-9_]+)\+?=(.) ]] || continue
    __rbee_name=${BASH_REMATCH[1]}
    __rbee_array=0
    [[ ${BASH_REMATCH[2]} == '(' ]] && __rbee_array=1
    case $__rbee_name in
      pkgdesc | url | install | changelog) ;;
      arch | license | groups | depends | optdepends | provides | conflicts | replaces | backup | \
        options | checkdepends) ;;
      *) # an architecture's own array
        [[ $__rbee_name =~ ^(source|provides|conflicts|depends|replaces|optdepends|makedepends|checkdepends|(ck|md5|sha1|sha224|sha256|sha384|sha512|b2)sums)_ ]] || continue
        ;;
    esac
    if ((__rbee_array)); then
      __rbee_arrays[$__rbee_name]+=${__rbee_line##*([[:space:]])}$'\n'
    else
      __rbee_strings[$__rbee_name]+=${__rbee_line##*([[:space:]])}$'\n'
    fi
  done < <(builtin declare -f "$__rbee_function")

  for __rbee_name in "${!__rbee_strings[@]}"; do
    __rbee_value=${!__rbee_name-}
    while IFS= builtin read -r __rbee_line; do
      builtin eval "${__rbee_line/#$__rbee_name/__rbee_value}"
    done <<<"${__rbee_strings[$__rbee_name]%$'\n'}" 2>/dev/null
    builtin printf '%s\0' s "$1" "$__rbee_name" "$__rbee_value" >&3
  done
  for __rbee_name in "${!__rbee_arrays[@]}"; do
    local -n __rbee_global_array=$__rbee_name
    local -a __rbee_values=("${__rbee_global_array[@]}")
    local +n __rbee_global_array
    while IFS= builtin read -r __rbee_line; do
      builtin eval "${__rbee_line/#$__rbee_name/__rbee_values}"
    done <<<"${__rbee_arrays[$__rbee_name]%$'\n'}" 2>/dev/null
    builtin printf '%s\0' a "$1" "$__rbee_name" "${#__rbee_values[@]}" "${__rbee_values[@]}" >&3
    unset -n __rbee_global_array
    unset __rbee_values
  done
}

for __rbee_each in pkgbase pkgname pkgver pkgrel epoch pkgdesc url install changelog \
  arch groups license noextract options backup validpgpkeys "${__rbee_suffixed[@]}" \
  _worker_entrypoint _worker_health _worker_backends _worker_args _worker_formats _worker_smoke \
  _worker_network; do
  __rbee_global "$__rbee_each"
done

# A suffix counts only for the architectures that the recipe or one of its packages names, but
# which these are is for the reader to say: write every one that is set.
for __rbee_each in "${!source_@}" "${!provides_@}" "${!conflicts_@}" "${!depends_@}" \
  "${!replaces_@}" "${!optdepends_@}" "${!makedepends_@}" "${!checkdepends_@}" "${!cksums_@}" \
  "${!md5sums_@}" "${!sha1sums_@}" "${!sha224sums_@}" "${!sha256sums_@}" "${!sha384sums_@}" \
  "${!sha512sums_@}" "${!b2sums_@}"; do
  __rbee_global "$__rbee_each"
done

if ((${#pkgname[@]} > 0)); then
  for __rbee_each in "${pkgname[@]}"; do
    __rbee_package "$__rbee_each"
  done
fi

for __rbee_each in verify prepare pkgver build check package "${pkgname[@]/#/package_}"; do
  builtin declare -F "$__rbee_each" >/dev/null && builtin printf '%s\0' F "$__rbee_each" >&3
done

builtin printf '%s\0' E >&3
