# Brings what a package function made into the form that makepkg gives it. Runs in the sandbox, as
#
#   bash -c tidy tidy PKGDIR LISTS JOBS [OPERATION COUNT VALUE...]...
#
# and does the operations in this order. LISTS is a folder with NUL-terminated lists of the files to
# strip, by kind, each file under one of its names.

# shellcheck disable=SC2317 # the functions are called by the names that come as arguments

exec 2>&1
umask 0022
cd "$1" || exit 1
lists=$2 jobs=$3
shift 3

# Patterns are matched in the package, as the shell does it.
remove_docs() {
  # shellcheck disable=SC2068 # they are patterns
  rm -rf -- $@
}

remove_emptydirs() {
  find . -mindepth 1 -depth -type d -empty -delete 2>/dev/null
}

remove_libtool() {
  find . ! -type d -name '*.la' -delete
}

remove_purge() {
  local pattern
  for pattern; do
    if [[ $pattern == */* ]]; then
      # shellcheck disable=SC2086 # it is a pattern
      rm -f -- $pattern
    else
      find . ! -type d -name "$pattern" -delete
    fi
  done
}

remove_staticlibs() {
  local library
  while IFS= read -rd '' library; do
    [[ -f ${library%.a}.so || -h ${library%.a}.so ]] && rm -f "$library"
  done < <(find . ! -type d -name '*.a' -print0)
}

# replace FILE PROGRAM ARGUMENT...: runs a program that writes a new version of FILE to a file that
# it gets as its last argument. FILE keeps its names and its mode, which writing takes set-user-id
# and the like from.
replace() {
  local file=$1 fresh=${TMPDIR:-/tmp}/tidy.$BASHPID mode=
  [[ -u $file || -g $file ]] && mode=$(stat -c %a "$file")
  "${@:2}" "$fresh" && cp "$fresh" "$file"
  [[ $mode ]] && chmod "$mode" "$file"
  rm -f "$fresh"
}

# Strips the files of the list KIND with FLAGS.
strip_files() {
  local kind=$1
  export STRIP_FLAGS=$2 STRIP_KIND=$1
  xargs -0 -r -P "$jobs" -n 16 -a "$lists/$kind" bash -c 'strip_each "$@"' bash
}
strip_each() {
  local file
  for file; do
    [[ -f $file ]] || continue
    if [[ ${DEBUG_FOLDER-} ]]; then
      keep_symbols "$file" || continue
    fi
    # shellcheck disable=SC2086 # flags
    replace "$file" strip $STRIP_FLAGS "$file" -o
    if [[ $STRIP_KIND == static ]]; then
      replace "$file" strip -R '.gnu.lto_*' -R '.gnu.debuglto_*' -N __gnu_lto_v1 "$file" -o
    fi
  done
}

# debug PKGBASE SRCDIR DEBUGPKG DBGSRCDIR: from here on, what is stripped of its symbols has them
# kept in the package of debugging symbols.
keep_debug() {
  export DEBUG_BASE=$1 DEBUG_SOURCES=$2 DEBUG_FOLDER=$3/usr/lib/debug DEBUG_SOURCES_AT=$4
  export DEBUG_SOURCES_FOLDER=$3$4
  mkdir -p "$DEBUG_FOLDER" "$DEBUG_SOURCES_FOLDER"
  # One after the other: they share folders and sources.
  jobs=1
}

# Copies a file's symbols, and the sources that they name. Fails if it is not to be stripped any
# more: it has been, under another name or by the same build id, or it has no known format.
keep_symbols() {
  local file=${1#./} id source other symbols
  symbols=$DEBUG_FOLDER/$file.debug
  id=$(LC_ALL=C readelf -n "$1" | sed -n '/Build ID/ { s/.*: //p; q; }')
  if [[ $id ]]; then
    [[ -f $DEBUG_FOLDER/.build-id/${id:0:2}/${id:2}.debug ]] && return 1
  elif [[ -f $symbols ]]; then
    return 1
  fi

  while IFS= read -r source; do
    other=$DEBUG_SOURCES_FOLDER/$source
    if [[ -f $DEBUG_SOURCES/$source && ! -f $other ]]; then
      mkdir -p "${other%/*}"
      cp -- "$DEBUG_SOURCES/$source" "$other"
    fi
  done < <(LC_ALL=C debugedit --no-recompute-build-id --base-dir "$DEBUG_SOURCES" \
    --dest-dir "$DEBUG_SOURCES_AT/$DEBUG_BASE" --list-file /dev/stdout "$1" | sort -zu | tr '\0' '\n')

  mkdir -p "${symbols%/*}"
  objcopy --only-keep-debug "$1" "$symbols" 2>/dev/null || return 1
  replace "$1" objcopy --add-gnu-debuglink="$symbols" "$1"
  while IFS= read -rd '' other; do
    [[ -e $DEBUG_FOLDER/$other.debug ]] && continue
    mkdir -p "$DEBUG_FOLDER/$(dirname "$other")"
    ln "$symbols" "$DEBUG_FOLDER/$other.debug"
  done < <(find . -type f -perm -u+w -samefile "$1" -printf '%P\0')

  [[ $id ]] || return 0
  mkdir -p "$DEBUG_FOLDER/.build-id/${id:0:2}"
  # From usr/lib/debug/.build-id/NN, by the shortest way.
  local up=../../../../../$file
  case $file in
    usr/lib/*) up=../../../${file#usr/lib/} ;;
    usr/*) up=../../../../${file#usr/} ;;
  esac
  ln -s "$up" "$DEBUG_FOLDER/.build-id/${id:0:2}/${id:2}"
  ln -s "../../$file.debug" "$DEBUG_FOLDER/.build-id/${id:0:2}/${id:2}.debug"
}

# Compresses the pages in these folders. A link to a page becomes one to the compressed page: a
# relative one in the page's own folder, an absolute one elsewhere. Further names of a page stay
# names of the same file.
modify_zipman() {
  local -A first=() links=()
  local identity path link
  local -a pages=() names=()
  while read -rd ' ' identity && IFS= read -rd '' path; do
    links[$identity]+=$path$'\n'
  done < <(find "$@" -type l -exec stat -L --printf '%d:%i %n\0' {} + 2>/dev/null)
  while read -rd ' ' identity && IFS= read -rd '' path; do
    while IFS= read -r link; do
      [[ $link ]] || continue
      rm -f "$link" "$link.gz"
      if [[ ${path%/*} == "${link%/*}" ]]; then
        ln -s -- "${path##*/}.gz" "$link.gz"
      else
        ln -s -- "/$path.gz" "$link.gz"
      fi
    done <<<"${links[$identity]-}"
    unset -v "links[$identity]"
    if [[ ${first[$identity]-} ]]; then
      names+=("${first[$identity]}" "$path")
    else
      first[$identity]=$path
      pages+=("$path")
    fi
  done < <(find "$@" -type f ! -name '*.gz' ! -name '*.bz2' -printf '%D:%i %p\0' 2>/dev/null)
  ((${#pages[@]})) && printf '%s\0' "${pages[@]}" | xargs -0 -P "$jobs" -n 32 gzip -9 -n -f --
  local index
  for ((index = 0; index < ${#names[@]}; index += 2)); do
    rm -f "${names[index + 1]}"
    ln "${names[index]}.gz" "${names[index + 1]}.gz"
    chmod 644 "${names[index + 1]}.gz"
  done
}

export -f replace strip_each keep_symbols
while (($#)); do
  "$1" "${@:3:$2}"
  shift $((2 + $2))
done
exit 0
