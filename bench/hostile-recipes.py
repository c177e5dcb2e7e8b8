#!/usr/bin/env python3
"""Writes recipes for srcinfo-corpus.sh: what a PKGBUILD can do to its reader.

    bench/hostile-recipes.py DIR [COUNT [SEED]]

First every case below by itself, then COUNT random recipes (default 0) put together from the
grammar of PKGBUILDs: quoting, arrays, suffixes, overrides in functions, split packages.
"""

import random
import sys
from pathlib import Path

BASE = """pkgname=a
pkgver=1.0
pkgrel=1
arch=(x86_64)
"""

SPLIT = """pkgbase=base
pkgname=(a b)
pkgver=1.0
pkgrel=1
pkgdesc=global
arch=(x86_64)
depends=(glibc)
"""

PACKAGE = "package() {\n%s\n}\n"

# Appended to the plain recipe.
PLAIN = {
    "nothing": "",
    "option-unknown": "options=(fast)",
    "option-negated-twice": "options=('!!strip')",
    "option-known": "options=(!strip debug lto !makeflags buildflags ccache !distcc zipman purge)",
    "option-autodeps": "options=(autodeps)",
    "option-upper": "options=(STRIP)",
    "option-empty": "options=('')",
    "source-sparse": "source=([0]=a [2]=b)\nsha256sums=(SKIP SKIP)",
    "source-from-one": "source=([1]=a)\nsha256sums=(SKIP)",
    "sums-sparse": "source=(a b)\nsha256sums=([1]=SKIP [5]=x)",
    "depends-sparse": "depends=([3]=c [1]=a)",
    "backup-slash": "backup=(/etc/a)",
    "backup-empty": "backup=('')",
    "install-missing": "install=a.install",
    "install-there": "install=PKGBUILD",
    "install-folder": "install=.",
    "install-blank": "install=",
    "changelog-missing": "changelog=log",
    "provides-greater": "provides=('b>1')",
    "provides-less-equal": "provides=('b<=1')",
    "provides-version": "provides=('b=1:2-3.4')",
    "provides-no-version": "provides=('b=')",
    "provides-two": "provides=('b=c=1')",
    "provides-so": "provides=(libb.so=1-64 libc.so)",
    "conflicts-less": "conflicts=('x<')",
    "conflicts-version": "conflicts=('x<2' 'y>=1:3-2' 'z=4')",
    "conflicts-bad-epoch": "conflicts=('x<a:2')",
    "conflicts-empty-epoch": "conflicts=('x<:2')",
    "conflicts-bad-rel": "conflicts=('x<2-a')",
    "conflicts-two-hyphens": "conflicts=('x<2-1-1')",
    "conflicts-leading-hyphen": "conflicts=('x<-1')",
    "depends-equals-equals": "depends=('a==1')",
    "depends-arrow": "depends=('a=>1' 'b><2')",
    "depends-blank": "depends=('glibc >= 2')",
    "depends-leading-blank": "depends=(' glibc')",
    "depends-empty": "depends=('')",
    "depends-only-operator": "depends=('>=1')",
    "depends-colon": "depends=('a: b')",
    "depends-unicode": "depends=('glïbc')",
    "depends-so": "depends=(libfoo.so 'libbar.so=1-64')",
    "depends-plus": "depends=('libstdc++>=5' 'gtk+')",
    "depends-glob": "depends=('a*>=1')",
    "depends-space-version": "depends=('a>= 1')",
    "depends-unicode-version": "depends=('a>=1é')",
    "makedepends-bad": "makedepends=('-x')",
    "checkdepends-bad": "checkdepends=('.x')",
    "optdepends-tight": "optdepends=('a:b')",
    "optdepends-description": "optdepends=('a: b' 'c>=1:2: d' 'e:\tf')",
    "optdepends-no-description": "optdepends=('a:')",
    "optdepends-blank-before": "optdepends=('a : b')",
    "optdepends-lines": "optdepends=('a: one\n  two')",
    "replaces-anything": "replaces=('-x y' '')",
    "license-empty": 'license=("")',
    "license-blank": 'license=("  ")',
    "license-none": "license=()",
    "groups-anything": "groups=('a b' '-' '')",
    "source-any": "source_any=(x)",
    "depends-any-arch-any": "arch=(any)\ndepends_any=(x)",
    "pkgdesc-suffix": "pkgdesc_x86_64=x",
    "options-suffix": "options_x86_64=(strip)",
    "license-other-suffix": "license_i686=(MIT)",
    "noextract-suffix": "arch=(x86_64 i686)\nnoextract_i686=(x)",
    "suffix-other-arch": "depends_i686=(a)",
    "suffix-other-arch-string": "depends_i686=a",
    "suffix-string": "depends_x86_64=a",
    "suffix-all": "arch=(x86_64 i686)\nsource_x86_64=(a)\nsha256sums_x86_64=(SKIP)\ndepends_i686=(b)\nprovides_i686=(c=1)\nb2sums_i686=(x)\nmakedepends_x86_64=(m)\ncksums_x86_64=(1)\noptdepends_i686=('d: e')",
    "suffix-bad-depends": "depends_x86_64=('-x')",
    "suffix-empty": "depends_x86_64=()",
    "arch-hyphen": "arch=(x86_64 arm-v7)",
    "arch-blank": "arch=('x86_64 i686')",
    "arch-empty": "arch=()",
    "arch-empty-element": "arch=('' x86_64)",
    "arch-string": "arch=x86_64",
    "arch-any-string": "arch=any",
    "arch-any-and": "arch=(any x86_64)",
    "arch-other": "arch=(aarch64)",
    "arch-unset": "unset arch",
    "arch-twice": "arch=(x86_64 x86_64)\ndepends_x86_64=(a)",
    "pkgbase-hyphen": "pkgbase=-a",
    "pkgbase-empty": "pkgbase=",
    "pkgbase-differs": "pkgbase=other",
    "pkgbase-array": "pkgbase=(a)",
    "pkgbase-blank": "pkgbase='a b'",
    "pkgname-array": "pkgname=(a)",
    "pkgname-empty": "pkgname=",
    "pkgname-none": "pkgname=()",
    "pkgname-upper": "pkgname=A",
    "pkgname-strange": "pkgname=a@b.c_d+e-f",
    "pkgname-dot": "pkgname=.a",
    "pkgname-blank": "pkgname='a b'",
    "pkgname-sparse": "pkgname=([3]=a)",
    "pkgname-twice": "pkgname=(a a)\npackage_a() { :; }",
    "pkgver-array": "pkgver=(1)",
    "pkgver-hyphen": "pkgver=1-1",
    "pkgver-colon": "pkgver=1:1",
    "pkgver-slash": "pkgver=1/1",
    "pkgver-blank": "pkgver='1 1'",
    "pkgver-newline": "pkgver=$'1\\n1'",
    "pkgver-unicode": "pkgver=1é",
    "pkgver-control": "pkgver=$'1\\x01'",
    "pkgver-strange": "pkgver='1~!@#%^&*()+'",
    "pkgver-empty": "pkgver=",
    "pkgver-unset": "unset pkgver",
    "pkgrel-fraction": "pkgrel=1.1",
    "pkgrel-two-dots": "pkgrel=1.1.1",
    "pkgrel-letter": "pkgrel=a",
    "pkgrel-empty": "pkgrel=",
    "pkgrel-zero": "pkgrel=0",
    "pkgrel-dot": "pkgrel=1.",
    "epoch-zero": "epoch=0",
    "epoch-leading-zero": "epoch=08",
    "epoch-negative": "epoch=-1",
    "epoch-number": "epoch=12",
    "epoch-blank": "epoch=' 1'",
    "url-array": "url=(x)",
    "source-string": "source=x",
    "license-string": "license=MIT",
    "sums-string": "source=(a)\nsha256sums=SKIP",
    "sums-count": "source=(a b)\nsha256sums=(SKIP)",
    "sums-none": "source=(a b)",
    "validpgpkeys": "validpgpkeys=(abc '')",
    "crlf": "pkgdesc=x\r",
    "cr-in-string": "pkgdesc='a\rb'",
    "cr-escaped": "pkgdesc=$'a\\rb'",
    "signed": "source=('git+https://example.org/a.git?signed#tag=v1' 'b::git+https://example.org/b#tag=v1?signed' 'git+https://e.org/c/?signed/')\nsha256sums=(SKIP SKIP SKIP)",
    "source-strange": "source=('a b' '::x' 'n::' '#' '?' 'x::y::z')\nsha256sums=(SKIP SKIP SKIP SKIP SKIP SKIP)",
    # Values
    "folding": "pkgdesc=' \t a \n\n b\tc  '",
    "folding-control": "pkgdesc=$'a\\v\\f b\\x01\\x7f'",
    "folding-unicode": "pkgdesc='a\u00a0b\u2003c\u3000d\u2028e\u0085f'",
    "only-blank": "pkgdesc='   '",
    "percent": "pkgdesc='100% %s %n \\n \\\\'",
    "quotes": "pkgdesc='it'\\''s \"q\" $HOME `x`'",
    "not-utf8": "pkgdesc=$'caf\\xe9 \\xff'",
    "not-utf8-raw": b"pkgdesc='caf\xe9'",
    "not-utf8-license": "license=($'\\xe9' b)",
    "not-utf8-package": "package() {\n pkgdesc=$'caf\\xe9'\n}",
    "not-utf8-package-raw": b"package() {\n pkgdesc='caf\xe9'\n}",
    "unicode": "pkgdesc='日本語 — ü'",
    "brace-expansion": "source=(http://x/{a,b}-{1..3}.tar)\nsha256sums=(SKIP SKIP SKIP SKIP SKIP SKIP)",
    "glob": "source=(PKG*)\nsha256sums=(SKIP)",
    "glob-array": "license=(*)",
    "tilde": "license=(~ ~root)",
    "continuation": "pkgdesc=a\\\nb\nlicense=(MIT \\\n  BSD)",
    "comments-in-array": "license=(MIT # one\n  # two\n  BSD)",
    "command": "pkgdesc=$(echo hello)",
    "arithmetic": "pkgver=$((1+2)).$((RANDOM*0))",
    "carch": "pkgdesc=$CARCH\n[[ $CARCH == x86_64 ]] && depends=(only)",
    "carch-changed": "CARCH=i686\narch=(i686)",
    "chost": "pkgdesc=$CHOST",
    "startdir": "pkgdesc=${startdir:+set}\nurl=$startdir",
    "startdir-source": "source=(\"git+file://$startdir\")\nsha256sums=(SKIP)",
    "srcdir": "pkgdesc=\"[$srcdir][$pkgdir][$pkgdirbase]\"",
    "zero": "pkgdesc=$0",
    "positional": "pkgdesc=\"$# $*\"",
    "bash-source": "pkgdesc=$BASH_SOURCE",
    "funcname": "pkgdesc=${FUNCNAME[0]}",
    "pwd": "url=$PWD",
    "file-beside": "pkgdesc=$(wc -l < PKGBUILD)",
    "makepkg-variables": "pkgdesc=\"$PACKAGER|${OPTIONS[*]}|${INTEGRITY_CHECK[*]}|$PKGEXT|$CFLAGS\"",
    "last-fails": "false",
    "last-test-fails": "[[ x == y ]] && depends=(z)",
    "return": "pkgdesc=x\nreturn\npkgdesc=y",
    "return-one": "return 1",
    "return-in-if": "if true; then return 0; fi\npkgver=9",
    "exit-zero": "exit 0",
    "exit-three": "exit 3",
    "syntax": "if",
    "syntax-quote": "pkgdesc='",
    "unknown-command": "no_such_command_at_all\ntrue",
    "stdout": "echo noise; printf 'more noise'\ntrue",
    "stderr": "echo noise >&2",
    "stdout-fd3": "echo noise >&3\ntrue",
    "stdin": "read -r x || true\npkgdesc=\"[$x]\"",
    "set-e": "set -e",
    "set-e-arch": "set -e\npackage() {\n arch=(x86_64)\n}",
    "set-u": "set -u",
    "set-f": "set -f\nlicense=(*)",
    "set-pipefail": "set -o pipefail",
    "set-x": "set -x\npkgdesc=y",
    "set-errtrace": "set -E\nfalse\ntrue",
    "set-posix": "set -o posix",
    "set-noclobber": "set -C",
    "set-allexport": "set -a\npkgdesc=y",
    "set-positional": "set -- x y\npkgdesc=$1",
    "shopt-nullglob": "shopt -s nullglob\nlicense=(nothing*)",
    "shopt-extglob": "shopt -s extglob\npkgdesc=${pkgname/+([a-z])/x}",
    "extglob-without": "case a in @(a|b)) pkgdesc=x;; esac",
    "shopt-dotglob": "shopt -s dotglob nocasematch",
    "shopt-failglob": "shopt -s failglob",
    "shopt-lastpipe": "shopt -s lastpipe\necho x | read -r pkgdesc",
    "ifs-comma": "IFS=,\nx=a,b\nlicense=($x)",
    "ifs-newline": "IFS=$'\\n'\nlicense=(a b)",
    "ifs-empty": "IFS=\nlicense=(a b)",
    "ifs-saved": "old=$IFS; IFS=:; x=a:b; license=($x); IFS=$old",
    "ifs-letters": "IFS=abcdefghijklmnopqrstuvwxyz\nlicense=(a b)",
    "trap-exit": "trap 'echo bye' EXIT",
    "trap-exit-err": "trap 'echo bye >&2; exit 3' EXIT",
    "trap-err": "trap 'echo err' ERR\nfalse\ntrue",
    "trap-debug": "trap ': ' DEBUG",
    "trap-return": "trap 'echo ret' RETURN",
    "alias": "shopt -s expand_aliases\nalias x=echo",
    "alias-declare": "alias declare=false printf=false eval=false",
    "declare": "declare pkgdesc=x",
    "declare-array": "declare -a license=(x)",
    "declare-global": "declare -g pkgdesc=x",
    "declare-global-array": "declare -ga license=(x y)",
    "declare-unset-array": "declare -ga license",
    "declare-unset-string": "declare -g pkgdesc",
    "declare-string-as-array": "declare -g license=x",
    "declare-later": "declare license\nlicense=(x)",
    "declare-arch": "declare arch=(any)",
    "local": "local pkgdesc=x",
    "local-pkgname": "local pkgname=b\npkgver=2",
    "typeset": "typeset pkgdesc=x",
    "readonly-pkgver": "readonly pkgver",
    "readonly-pkgname": "readonly pkgname",
    "readonly-pkgbase": "readonly pkgbase=x",
    "readonly-depends": "readonly -a depends=(x)",
    "readonly-pkgdesc": "readonly pkgdesc=x",
    "readonly-package": "readonly pkgdesc=x\npackage() {\n pkgdesc=y\n}",
    "readonly-arch": "readonly arch",
    "export-all": "export pkgname pkgver pkgrel arch pkgdesc=x",
    "export-array": "export license=(a b)",
    "integer": "declare -gi pkgrel=1+1",
    "integer-array": "declare -gai license=(1+1 2)",
    "upper": "declare -gu pkgdesc=x",
    "lower-array": "declare -gal license=(X)",
    "nameref": "declare -gn depends=other\nother=(x y)",
    "nameref-string": "other=x\ndeclare -gn pkgdesc=other",
    "nameref-array-to-string": "other=x\ndeclare -gn depends=other",
    "associative": "declare -gA license=([a]=b [c]=d)",
    "associative-string": "declare -gA pkgdesc=([0]=zero)",
    "associative-other": "declare -A x=([a]=b)\npkgdesc=${x[a]}",
    "unset-everything": "unset pkgname\npkgname=b",
    "append-string": "pkgdesc=x\npkgdesc+=y\nlicense=(a)\nlicense+=(b)\nlicense+=c",
    "element": "license[0]=a\nlicense[2]=b",
    "string-element": "pkgdesc=a\npkgdesc[1]=b",
    "mapfile": "mapfile -t license < <(printf 'a\\nb\\n')",
    "read-array": "read -ra license <<< 'a b c'",
    "printf-v": "printf -v pkgdesc '%s-%s' a b",
    "eval": "eval 'pkgdesc=x'",
    "source-bash": "source <(echo pkgdesc=x)",
    "source-file": "source ./PKGBUILD.sub 2>/dev/null; true",
    "loop": "for i in 1 2 3; do license+=(l$i); done",
    "function-variables": "f() { pkgdesc=x; local license=(y); }\nf",
    "indirect": "_x=pkgdesc\ndeclare -g $_x=value",
    "background": "sleep 0.1 &\npkgdesc=x",
    "heredoc": "pkgdesc=$(cat <<EOF\na\nb\nEOF\n)",
    "null-byte-command": "pkgdesc=$(printf 'a\\0b')",
    "long": "pkgdesc=$(printf 'x%.0s' {1..20000})",
    "many": "license=({1..2000})",
    "umask": "pkgdesc=$(umask)",
    "ulimit": "pkgdesc=$(ulimit -c >/dev/null; echo x)",
    "home": "pkgdesc=${HOME:+set}",
    "date": "pkgdesc=$(date -u -d @0 +%Y)",
    "date-now": "pkgver=$(date +%Y)",
    "sed": "pkgver=$(echo 1.2 | sed s/2/3/)",
    "case-fold": "pkgdesc=${pkgname^^}-${pkgver//./_}",
    "secs": "pkgdesc=$((SECONDS * 0))",
    "bash-version": "pkgdesc=${BASH_VERSINFO[0]}",
    "dollar-dash": "pkgdesc=$-",
    "shopts": "pkgdesc=$SHELLOPTS\nurl=$BASHOPTS",
    "posixly": "pkgdesc=${POSIXLY_CORRECT-unset}",
    "euid": "pkgdesc=$((EUID * 0))",
    # Functions
    "function-printf": "printf() { builtin printf 'X%s' \"$@\"; }\ntrue",
    "function-declare": "declare() { :; }\ntrue",
    "function-echo": "echo() { :; }\ntrue",
    "function-read": "read() { return 1; }\npackage() {\n depends=(x)\n}",
    "function-local": "local() { :; }\ntrue",
    "function-eval": "eval() { :; }\npackage() {\n depends=(x)\n}",
    "function-grep": "grep() { :; }\npackage() {\n depends=(x)\n}",
    "function-source": "source() { :; }\ntrue",
    "function-shopt": "shopt() { :; }\ntrue",
    "function-error": "error() { :; }\nmsg() { :; }\nwarning() { :; }\ntrue",
    "function-true": "true() { return 1; }\n:",
    "function-exit": "exit() { :; }\n:",
    "function-test": "test() { :; }\n:",
    "function-set": "set() { :; }\n:",
    "function-unset": "unset() { :; }\n:",
    "function-export": "export() { :; }\n:",
    "function-builtin": "builtin() { :; }\ncommand() { :; }\n:",
    "function-return": "return() { :; }\n:",
    "function-in-array": "in_array() { return 0; }\n:",
    "function-lint": "lint_pkgname() { return 1; }\n:",
    "function-have": "have_function() { return 1; }\n:",
    "name-ret": "ret=1\nfunc=x\nname=y\nlist=(z)\ni=q\na=b\npkg=c",
    "name-attr": "attr=x\nout=y\nref=(z)\noutvalue=1\nisarray=1\nkeys=1\nvalues=(1)\npackage() {\n depends+=(x)\n}",
    "name-all-list": "all_list=(x)\nlist=('-bad')\nname=-bad",
    "name-install-list": "install_list=(nothing)\nbackup_list=(/x)",
    "name-singlevalued": "singlevalued=(x)\nmultivalued=(y)",
    "name-shellopts": "shellopts='echo hi'",
    "name-packaging-options": "packaging_options+=(fast)\noptions=(fast)",
    "name-schema": "pkgbuild_schema_strings=()\npkgdesc=y",
    "name-hash": "known_hash_algos=(md5)\n:",
    "name-ignorearch": "IGNOREARCH=1\narch=(i686)",
    "name-printsrcinfo": "PRINTSRCINFO=0",
    "name-pkglist": "PKGLIST=(zzz)",
    "name-library": "LIBRARY=/nowhere\nMAKEPKG_CONF=x\nBUILDFILE=/x",
    "name-epoch": "epoch='1+1'",
    "name-bash-env": "BASH_ENV=/x\nPATH=/nowhere",
    "path-empty": "PATH=",
    "path-append": "PATH=$PATH:/opt/x\npkgdesc=x\npackage() {\n depends=(x)\n}",
    "lang": "LC_ALL=C\nexport LC_ALL\npkgdesc='é'",
    "lang-range": "LANG=C\npkgdesc='a\u2003b'",
    "cd": "cd /\ninstall=PKGBUILD",
    "cd-tmp": "cd /tmp\npackage() {\n depends=(x)\n}",
    "build-alone": "build() { :; }",
    "package": "package() { :; }",
    "package-and-own": "package() { :; }\npackage_a() { :; }",
    "package-own": "package_a() {\n pkgdesc=own\n depends=(x)\n}",
    "package-other": "package_b() {\n pkgdesc=other\n}",
    "package-overrides": "pkgdesc=g\ndepends=(one)\npackage() {\n pkgdesc=\"$pkgdesc own\"\n depends+=(two)\n license=(MIT)\n url=u\n groups=(g)\n}",
    "package-string-append": "pkgdesc=g\npackage() {\n pkgdesc+=' more'\n}",
    "package-string-append-twice": "pkgdesc=g\npackage() {\n pkgdesc=a\n pkgdesc+=b\n pkgdesc=c$pkgdesc\n}",
    "package-array-in-string": "package() {\n depends=x\n}",
    "package-string-in-array": "package() {\n pkgdesc=(x)\n}",
    "package-forbidden": "package() {\n pkgver=2\n}",
    "package-forbidden-base": "package() {\n pkgbase=2\n}",
    "package-forbidden-source": "package() {\n source=(x)\n}",
    "package-forbidden-makedepends": "package() {\n makedepends=(x)\n}",
    "package-forbidden-makedepends-suffix": "package() {\n makedepends_x86_64=(x)\n}",
    "package-forbidden-suffix-other": "package() {\n makedepends_i686=(x)\n}",
    "package-forbidden-checkdepends": "package() {\n checkdepends=(x)\n}",
    "package-forbidden-epoch": "package() {\n epoch=1\n}",
    "package-forbidden-noextract": "package() {\n noextract=(x)\n}",
    "package-forbidden-sums": "package() {\n sha256sums=(x)\n}",
    "package-forbidden-nothing": "package() {\n pkgver=\n}",
    "package-forbidden-nothing-more": "package() {\n pkgver=\n :\n}",
    "package-local": "package() {\n local pkgver=2 depends=(x)\n}",
    "package-pkgname": "package() {\n pkgname=b\n}",
    "package-suffix": "package() {\n depends_x86_64=(x)\n provides_x86_64+=(y)\n}",
    "package-suffix-append": "depends_x86_64=(g)\npackage() {\n depends_x86_64+=(x)\n}",
    "package-suffix-other": "package() {\n depends_i686=(x)\n}",
    "package-suffix-any": "arch=(any)\npackage() {\n depends_any=(x)\n}",
    "package-suffix-desc": "package() {\n pkgdesc_x86_64=x\n}",
    "package-empty": "depends=(a)\npkgdesc=x\npackage() {\n depends=()\n pkgdesc=\"\"\n license=()\n}",
    "package-empty-unset": "package() {\n depends=()\n url=''\n}",
    "package-empty-append": "package() {\n depends+=()\n}",
    "package-empty-element": "package() {\n license=('')\n}",
    "package-in-if": "package() {\n if false; then\n  depends=(x)\n fi\n}",
    "package-in-else": "package() {\n if true; then\n  pkgdesc=a\n else\n  pkgdesc=b\n fi\n}",
    "package-in-loop": "package() {\n for i in 1 2; do\n  depends+=(x$i)\n done\n}",
    "package-in-case": "package() {\n case $CARCH in\n  x86_64) depends=(x) ;;\n  *) depends+=(y) ;;\n esac\n}",
    "package-after-and": "package() {\n true && depends=(x)\n}",
    "package-one-line": "package() { depends=(x); pkgdesc=y; }",
    "package-subshell": "package() (\n depends=(x)\n pkgdesc=y\n)",
    "package-function-keyword": "function package {\n depends=(x)\n}",
    "package-nested": "package() {\n f() {\n  depends=(x)\n }\n f\n}",
    "package-lines": "package() {\n pkgdesc='a\n b'\n}",
    "package-lines-array": "package() {\n depends=(a\n  b # c\n  'd')\n}",
    "package-lines-in-array": "package() {\n license=('a\n b' c)\n}",
    "package-heredoc": "package() {\n cat <<EOF\n depends=(here)\n pkgdesc=doc\nEOF\n}",
    "package-heredoc-forbidden": "package() {\n cat <<EOF\n pkgver=1\nEOF\n}",
    "package-string-lookalike": "package() {\n echo 'x\n depends=(here)\n'\n}",
    "package-command": "package() {\n depends=(\"$(echo x)\")\n pkgdesc=$(echo y)\n}",
    "package-local-variable": "_v=global\npackage() {\n _v=local\n depends=(\"$_v\")\n}",
    "package-dollar-pkgname": "package() {\n depends=(\"$pkgname-x\")\n pkgdesc=$pkgname\n}",
    "package-dollar-pkgdir": "package() {\n pkgdesc=\"[$pkgdir][$srcdir]\"\n}",
    "package-carch": "package() {\n depends=(\"x-$CARCH\")\n}",
    "package-arch": "package() {\n arch=(any)\n}",
    "package-arch-other": "package() {\n arch=(i686)\n}",
    "package-arch-more": "depends_i686=(x)\npackage() {\n arch+=(i686)\n depends_i686+=(y)\n}",
    "package-arch-any-first": "package() {\n arch=(any i686)\n}",
    "package-arch-empty": "package() {\n arch=()\n}",
    "package-arch-string": "package() {\n arch=any\n}",
    "package-install": "package() {\n install=a.install\n}",
    "package-install-there": "package() {\n install=PKGBUILD\n}",
    "package-install-name": "package() {\n install=$pkgname.install\n}",
    "package-changelog": "package() {\n changelog=none\n}",
    "package-backup": "package() {\n backup=(/etc/x)\n}",
    "package-options": "package() {\n options=(fast)\n}",
    "package-options-append": "options=(strip)\npackage() {\n options+=(!docs)\n}",
    "package-depends-bad": "package() {\n depends=(-x)\n}",
    "package-provides-bad": "package() {\n provides=('x>1')\n}",
    "package-conflicts-bad-suffix": "package() {\n conflicts_x86_64=('x<')\n}",
    "package-optdepends": "package() {\n optdepends=('a: b')\n}",
    "package-env-prefix": "package() {\n pkgdesc=x true\n}",
    "package-two-on-line": "package() {\n pkgdesc=x url=y\n}",
    "package-two-arrays": "package() {\n depends=(x) license=(y)\n}",
    "package-array-env": "package() {\n depends=(x) true\n}",
    "package-ampersand": "package() {\n pkgdesc='a & b'\n depends=(x) &\n}",
    "package-or": "package() {\n depends=(x) || true\n}",
    "package-index": "package() {\n depends[0]=x\n}",
    "package-declare": "package() {\n declare depends=(x)\n export pkgdesc=y\n}",
    "package-comment": "package() {\n # depends=(x)\n :\n}",
    "package-glob": "package() {\n license=(PKG*)\n}",
    "package-brace": "package() {\n license=({a,b}{1,2})\n}",
    "package-extglob": "shopt -s extglob\npackage() {\n license=(@(PKG*))\n}",
    "package-ansi": "package() {\n pkgdesc=$'a\\tb\\'c'\n}",
    "package-quotes": "package() {\n pkgdesc='it'\\''s \"q\"'\n}",
    "package-unbound": "package() {\n pkgdesc=\"x$nothing${nothing2:?oops}\"\n}",
    "package-noise": "package() {\n pkgdesc=$(echo x; echo y >&2)\n}",
    "package-unset": "package() {\n unset depends\n}",
    "package-redefined": "package() {\n depends=(x)\n}\npackage() {\n :\n}",
    "package-unset-f": "package() {\n depends=(x)\n}\nunset -f package",
    "package-pkgdesc-paren": "package() {\n pkgdesc=\"(x)\"\n}",
    "package-pkgdesc-substitution": "package() {\n pkgdesc=${pkgname}x\n url=\"${url:-none}\"\n}",
    "package-prefix-name": "package() {\n _depends=(x)\n xpkgdesc=y\n}",
    "package-attr-name": "package() {\n depends=(\"$attr\" \"$outvalue\" \"$funcname\" y)\n}",
    "package-numbers": "package() {\n pkgdesc=1\n 2>&1 true\n}",
    "pkgver-function": "pkgver() { echo 2; }",
    "verify-function": "verify() { :; }\nprepare() { :; }\ncheck() { :; }",
    "function-substitution-name": "package_a+b() { :; }",
}

# A recipe of two packages, with these functions.
SPLITS = {
    "split": "package_a() { :; }\npackage_b() { :; }",
    "split-missing": "package_a() { :; }",
    "split-plain": "package() { :; }\npackage_a() { :; }\npackage_b() { :; }",
    "split-no-functions": "",
    "split-append": "package_a() {\n depends+=(x)\n pkgdesc+=' a'\n}\npackage_b() {\n depends=()\n pkgdesc=''\n}",
    "split-cross": "package_a() {\n depends=(b=$pkgver-$pkgrel)\n provides=(\"$pkgname-p=$pkgver\")\n}\npackage_b() {\n pkgdesc=\"$pkgdesc for $pkgname of $pkgbase\"\n}",
    "split-arch": "package_a() {\n arch=(any)\n}\npackage_b() {\n :\n}",
    "split-install": "package_a() {\n install=a.install\n}\npackage_b() {\n install=PKGBUILD\n}",
    "split-install-name": "package_a() {\n install=$pkgname.install\n}\npackage_b() {\n :\n}",
    "split-shared-function": "_package() {\n depends=(x)\n}\npackage_a() {\n _package\n}\npackage_b() {\n _package\n}",
    "split-generated": "for _p in a b; do\n eval \"package_$_p() {\n depends=(gen-$_p)\n pkgdesc='$_p'\n}\"\ndone",
    "split-names": "pkgname=(a+ 'lib++' x.y)\nfunction package_a+ { pkgdesc=plus; }\npackage_lib++() {\n depends=(x)\n}\npackage_x.y() {\n depends=(y)\n}",
    "split-regex": "pkgname=(x.y xzy)\npackage_x.y() {\n depends=(one)\n}\npackage_xzy() {\n depends=(two)\n}",
    "split-set-e": "set -e\npackage_a() { :; }\npackage_b() { :; }",
    "split-suffix": "arch=(x86_64 i686)\ndepends_i686=(g)\npackage_a() {\n depends_i686+=(a)\n depends_x86_64=()\n}\npackage_b() {\n optdepends_i686=('b: c')\n}",
    "split-same": "pkgname=(a a)\npackage_a() {\n depends+=(x)\n}",
    "split-dynamic-names": "pkgname=(a{1..3})\npackage_a1() { :; }\npackage_a2() {\n pkgdesc=two\n}\npackage_a3() {\n conflicts=(a1 a2)\n}",
    "split-subshell": "package_a() (\n depends=(x)\n)\npackage_b() (\n  cd x\n  depends=(y)\n)",
    "split-global-changes": "package_a() {\n depends=(x)\n pkgdesc=changed\n}\npackage_b() {\n pkgdesc=\"$pkgdesc\"\n depends=(\"${depends[@]}\" y)\n}",
    "split-sparse": "pkgname=([1]=a [4]=b)\npackage_a() { :; }\npackage_b() { :; }",
    "split-set-u": "set -u\npackage_a() { :; }\npackage_b() { :; }",
    "split-declare-function": "package_a() { :; }\npackage_b() { :; }\ndeclare -fx package_a",
}


class Grammar:
    """Random recipes."""

    VALUES = [
        "x", "'a b'", '"two  words"', "$'tab\\there'", "'it'\\''s'", '"$pkgname-x"', "'é ü'",
        "${pkgver}", '"$_var"', "$(echo sub)", '"${_list[@]}"', "''", "{a,b}", "a\\ b",
        "'%s'", '"100%"', "'line\n two'", "' lead'", "$((1 + 1))", "'!x'", "a#b", "'#'",
    ]
    NAMES = [
        "glibc", "'gcc>=12'", "libfoo.so", "'libbar.so=1-64'", "\"$pkgbase=$pkgver\"",
        "'a=1:2-3'", "python", "'x<2'", "gtk+", "lib32-x", "'qt5-base'", "${_list[@]}",
    ]
    BAD = ["-x", "'a b'", "''", "'x<'", "'é'", "'a:b'", "'x>=1-a'"]
    LISTS = ["depends", "makedepends", "checkdepends", "conflicts", "replaces"]
    OTHERS = ["license", "groups", "noextract", "validpgpkeys"]
    OPTIONS = ["strip", "!strip", "debug", "!lto", "staticlibs", "emptydirs", "'!docs'"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def some(self, values, most=4):
        return [self.random.choice(values) for _ in range(self.random.randint(0, most))]

    def array(self, name, values, indent=""):
        separator = self.random.choice([" ", "\n" + indent + "  ", "  "])
        sign = self.random.choice(["=", "=", "+="])
        return f"{indent}{name}{sign}({separator.join(values)})"

    def element(self, name):
        if name in ("depends", "makedepends", "checkdepends", "conflicts"):
            return self.random.choice(self.NAMES if self.chance(0.985) else self.BAD)
        if name == "provides":
            return self.random.choice(["x", "'x=1'", "libx.so=1-64", "\"$pkgname-p=$pkgver\""])
        if name == "optdepends":
            return self.random.choice(["a", "'a: why'", "'b>=1:2: two  blanks'", "'c: d\n e'"])
        if name == "backup":
            return self.random.choice(["etc/a", "'etc/b c'"])
        if name == "options":
            return self.random.choice(self.OPTIONS)
        return self.random.choice(self.VALUES)

    def assign(self, name, indent=""):
        values = [self.element(name) for _ in range(self.random.randint(0, 3))]
        return self.array(name, values, indent)

    def override(self):
        arrays = ["depends", "license", "groups", "provides", "conflicts", "replaces",
                  "optdepends", "backup", "options"]
        name = self.random.choice(arrays)
        roll = self.random.random()
        if roll < 0.1:
            return f"  pkgdesc={self.random.choice(self.VALUES)}"
        if roll < 0.15:
            return f"  pkgdesc+={self.random.choice(self.VALUES)}"
        if roll < 0.2:
            return f"  url={self.random.choice(self.VALUES)}"
        if roll < 0.3:
            name = self.random.choice(["depends", "provides", "conflicts", "optdepends"])
            return self.assign(f"{name}_{self.random.choice(['x86_64', 'aarch64'])}", "  ")
        if roll < 0.31:
            return f"  arch=({self.random.choice(['any', 'x86_64', 'x86_64 aarch64', 'aarch64'])})"
        if roll < 0.32:
            return f"  {self.random.choice(['pkgver=2', 'makedepends=(x)', 'depends=x', 'epoch=1'])}"
        line = self.assign(name, "  ")
        if roll < 0.4:
            return f"  if [[ $CARCH == {self.random.choice(['x86_64', 'i686'])} ]]; then\n  {line}\n  fi"
        if roll < 0.45:
            return f"  for _i in 1 2; do\n  {line}\n  done"
        if roll < 0.5:
            return f"  true && {line.strip()}"
        if roll < 0.55:
            return f"  local _var=inner\n{line}"
        if roll < 0.58:
            return f"  cat <<END\n{line}\nEND"
        return line

    def recipe(self):
        lines = ["_var='a  variable'", "_list=(one two)"]
        count = self.random.choice([1, 1, 1, 2, 3])
        names = self.random.sample(["alpha", "beta", "gamma-git", "lib++", "x.y", "d@e"], count)
        if count > 1 or self.chance(0.2):
            lines.append(f"pkgname=({' '.join(names)})")
            if self.chance(0.7):
                lines.append("pkgbase=base")
        else:
            lines.append(f"pkgname={names[0]}")
        lines.append(f"pkgver={self.random.choice(['1.0', 'r12.abcdef', '1_2~3', '$(echo 7)'])}")
        lines.append(f"pkgrel={self.random.choice(['1', '2.1', '10'])}")
        lines.append(f"arch=({self.random.choice(['any', 'x86_64', 'x86_64 aarch64', '{x86_64,i686}'])})")
        for name in ("pkgdesc", "url"):
            if self.chance(0.8):
                lines.append(f"{name}={self.random.choice(self.VALUES)}")
        if self.chance(0.2):
            lines.append(f"epoch={self.random.choice(['1', '0', ''])}")
        rest = [n for n in ["depends", "makedepends", "checkdepends", "optdepends", "provides",
                            "conflicts", "replaces", "license", "groups", "backup", "options",
                            "noextract"] if self.chance(0.4)]
        self.random.shuffle(rest)
        lines += [self.assign(name) for name in rest]
        if self.chance(0.3):
            name = self.random.choice(["depends", "makedepends", "optdepends", "provides"])
            lines.append(self.assign(f"{name}_{self.random.choice(['x86_64', 'aarch64'])}"))
        sources = self.some(["a.tar.gz", "n::http://x/$pkgname-$pkgver.zip",
                             "git+https://x/y.git#tag=v$pkgver?signed", "'a b'", "x.{a,b}"], 3)
        lines.append(f"source=({' '.join(sources)})")
        lines.append(f"{self.random.choice(['md5sums', 'sha256sums', 'b2sums'])}=({' '.join('SKIP' for _ in sources)})")
        if self.chance(0.08):
            lines.append(self.random.choice(
                [body for key, body in PLAIN.items() if isinstance(body, str) and "exit" not in key]))
        for name in names:
            if count == 1 and self.chance(0.3):
                continue
            function = "package" if count == 1 and self.chance(0.7) else f"package_{name}"
            body = [self.override() for _ in range(self.random.randint(0, 4))]
            if self.chance(0.2):
                lines.append(f"{function}() (\n" + "\n".join(body + ["  :"]) + "\n)")
            else:
                lines.append(f"{function}() {{\n" + "\n".join(body + ["  :"]) + "\n}")
        return "\n".join(lines) + "\n"


def write(folder, name, text):
    path = Path(folder) / name
    path.mkdir(parents=True, exist_ok=True)
    (path / "PKGBUILD").write_bytes(text if isinstance(text, bytes) else text.encode())


def main():
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for name, body in PLAIN.items():
        body = body if isinstance(body, bytes) else body.encode()
        write(folder, f"case-{name}", BASE.encode() + body + b"\n")
    for name, body in SPLITS.items():
        write(folder, f"case-{name}", SPLIT + body + "\n")
    for number in range(count):
        grammar = Grammar(seed * 1_000_000 + number)
        write(folder, f"random-{seed}-{number:05}", grammar.recipe())


main()
