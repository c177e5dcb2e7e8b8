#!/usr/bin/env bash
# Sees to the programs that the Makefile's targets need.
#
#   scripts/setup.sh demo|test|bench
#
# On Debian and Ubuntu, as root, what is missing is installed. Otherwise it is named,
# with the command that installs it, and the exit code is 1.
set -euo pipefail

readonly RUST=1.95 # rust-version in Cargo.toml
readonly SCHEMATHESIS=4.32.5

# program, then its package on Debian and Ubuntu, Fedora, Arch
readonly DEMO='
bwrap      bubblewrap       bubblewrap          bubblewrap
git        git              git                 git
cmake      cmake            cmake               cmake
ninja      ninja-build      ninja-build         ninja
c++        g++              gcc-c++             gcc
make       make             make                make
npm        npm              nodejs-npm          npm
pip        python3-pip      python3-pip         python-pip
pkg-config pkg-config       pkgconf-pkg-config  pkgconf
'
readonly TEST='
bsdtar     libarchive-tools bsdtar              libarchive
bzip2      bzip2            bzip2               bzip2
chromedriver chromium-driver chromedriver        chromium
chromium   chromium         chromium            chromium
curl       curl             curl                curl
debugedit  debugedit        debugedit           debugedit
fakeroot   fakeroot         fakeroot            fakeroot
file       file             file                file
gpg        gnupg            gnupg2              gnupg
hg         mercurial        mercurial           mercurial
lz4        lz4              lz4                 lz4
makepkg    makepkg          pacman              pacman
openssl    openssl          openssl             openssl
pacman     pacman-package-manager pacman        pacman
python3    python3          python3             python
setpriv    util-linux       util-linux          util-linux
svn        subversion       subversion          subversion
venv       python3-venv     python3             python
xz         xz-utils         xz                  xz
zip        zip              zip                 zip
zstd       zstd             zstd                zstd
'
readonly BENCH='
hyperfine  hyperfine        hyperfine           hyperfine
nginx      nginx-light      nginx               nginx
wrk        wrk              wrk                 wrk
'

usage() {
  echo 'usage: scripts/setup.sh demo|test|bench' >&2
  exit 2
}

# pip may be there without a program of that name, and so may pkg-config; venv is none.
have() {
  case $1 in
    pip) command -v pip3 pip >/dev/null || python3 -m pip --version >/dev/null 2>&1 ;;
    venv) python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
    pkg-config) command -v pkg-config pkgconf >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

check_cargo() {
  local found
  if ! found=$(cargo --version 2>/dev/null); then
    echo "cargo is missing. Rust $RUST or newer is needed: get rustup (the package rustup of your" \
      "distribution, or the installer the Rust project publishes), then: rustup default stable" >&2
    return 1
  fi
  found=${found#cargo }
  found=${found%% *}
  local major minor
  IFS=. read -r major minor _ <<<"$found"
  if ((major < ${RUST%.*} || major == ${RUST%.*} && minor < ${RUST#*.})); then
    echo "cargo is $found, and Rust $RUST or newer is needed: rustup update stable" \
      "(a cargo from the distribution is replaced by rustup's)" >&2
    return 1
  fi
}

# What asks the running daemon whether it answers as its description says, in an environment of its
# own among what is built.
install_schemathesis() {
  local folder=${CARGO_TARGET_DIR:-target}/schemathesis
  local program=$folder/bin/schemathesis log
  [[ $("$program" --version 2>/dev/null) == *"$SCHEMATHESIS" ]] && return
  echo "installing schemathesis $SCHEMATHESIS into $folder" >&2
  log=$(mktemp)
  if ! { python3 -m venv --clear "$folder" && "$folder/bin/pip" install -q "schemathesis==$SCHEMATHESIS"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo 'could not install schemathesis from PyPI' >&2
    return 1
  fi
  rm -f "$log"
}

# The column of the tables that names this system's packages.
system() {
  if command -v apt-get >/dev/null; then
    echo debian
  elif command -v dnf >/dev/null; then
    echo fedora
  elif command -v pacman >/dev/null; then
    echo arch
  else
    echo unknown
  fi
}

install_with_apt() {
  local log
  log=$(mktemp)
  echo "installing $*" >&2
  if ! { apt-get update -q && apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "could not install what is missing: $*" >&2
    return 1
  fi
  rm -f "$log"
}

main() {
  (($# == 1)) || usage
  local table
  case $1 in
    demo) table=$DEMO ;;
    test) table=$DEMO$TEST ;;
    bench) table=$DEMO$TEST$BENCH ;;
    *) usage ;;
  esac

  local system programs=() packages=()
  system=$(system)
  local program debian fedora arch
  while read -r program debian fedora arch; do
    [[ -n $program ]] || continue
    have "$program" && continue
    programs+=("$program")
    case $system in
      fedora) packages+=("$fedora") ;;
      arch) packages+=("$arch") ;;
      *) packages+=("$debian") ;;
    esac
  done <<<"$table"

  local status=0
  if ((${#programs[@]})); then
    local missing="missing: ${programs[*]}. To install:"
    case $system in
      debian)
        if ((EUID == 0)); then
          export DEBIAN_FRONTEND=noninteractive
          install_with_apt "${packages[@]}" || status=1
        else
          echo "$missing sudo apt-get install -y ${packages[*]}" >&2
          status=1
        fi
        ;;
      fedora)
        echo "$missing sudo dnf install -y ${packages[*]}" >&2
        status=1
        ;;
      arch)
        echo "$missing sudo pacman -S --needed ${packages[*]}" >&2
        status=1
        ;;
      *)
        echo "missing: ${programs[*]}. Install them with this system's package manager;" \
          "on Debian they are called ${packages[*]}" >&2
        status=1
        ;;
    esac
  fi

  check_cargo || status=1
  if ((status == 0)) && [[ $1 != demo ]]; then
    install_schemathesis || status=1
  fi
  return "$status"
}

main "$@"
