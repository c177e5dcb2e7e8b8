# shellcheck shell=bash disable=SC2034,SC2154
pkgbase=engine
pkgname=(engine engine-data)
pkgver=1.2
pkgrel=3
epoch=2
pkgdesc="  An   engine  "
url='https://engines.invalid/'
arch=(x86_64)
license=(MIT 'custom:two words')
groups=(engines)
depends=('glibc>=2' libc.so)
depends_x86_64=(bash)
makedepends=(gcc)
optdepends=('model:   something   to run')
provides=('engine-alias=1' libengine.so)
conflicts=(old-engine)
replaces=(older-engine)
backup=(etc/engine.conf)
install=engine.install
changelog=ChangeLog
options=(!strip !zipman emptydirs)
_worker_entrypoint=usr/bin/engine
_worker_formats=(gguf)
_worker_smoke=(--help)
build() {
  printf '#include <stdio.h>\nint answer(void);\nint main(void){printf("%%d\\n",answer());}' >main.c
  printf 'int answer(void) { return 42; }' >answer.c
  cc -shared -fPIC -Wl,-soname,libengine.so.3 answer.c -o libengine.so.3
  cc main.c ./libengine.so.3 -o engine
}
package_engine() {
  pkgdesc='The engine itself'
  optdepends+=('gpu: speed')
  install -Dm4755 engine -t "$pkgdir/usr/bin"
  install -Dm755 libengine.so.3 -t "$pkgdir/usr/lib"
  ln -s libengine.so.3 "$pkgdir/usr/lib/libengine.so"
  ln "$pkgdir/usr/bin/engine" "$pkgdir/usr/bin/engine-two"
  ln -s /usr/bin/engine "$pkgdir/usr/bin/absolute link"
  install -Dm644 /dev/null "$pkgdir/etc/engine.conf"
  local share=$pkgdir/usr/share/engine
  mkdir -p "$share/empty folder" "$share/.hidden" "$share/dash-" "$share/dash"
  printf x >"$share/größe # = \\ back"
  printf x >"$share/-dash"
  printf x >"$share/dash/a"
  printf x >"$share/tab	"
  printf x >"$share/.hidden/x"
  printf secret >"$share/readonly"
  local long
  printf -v long '%0150d' 0
  printf x >"$share/$long"
  ln -s "$long$long" "$share/long link"
  chmod 400 "$share/readonly"
  chmod 1777 "$share/empty folder"
  chmod 555 "$share/.hidden"
}
package_engine-data() {
  pkgdesc='What the engine needs'
  arch=(any)
  depends=()
  provides=()
  backup=()
  install=
  changelog=
  install -Dm644 main.c "$pkgdir/usr/share/engine-data/main.c"
}
