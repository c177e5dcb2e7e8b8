make() { # NAME: a folder with all sorts of things
  mkdir -p "$1/deep"
  echo "$1" >"$1/file"
  echo "$1" >"$1/deep/script" && chmod 755 "$1/deep/script"
  echo "$1" >"$1/private" && chmod 600 "$1/private"
  ln -s deep/script "$1/link"
  ln "$1/file" "$1/hard"
}
pack() { # NAME FILTER...
  make "in-$1"
  tar --sort=name --mtime=@1000000000 -cf - "in-$1" | "${@:2}" >"$1"
}
pack plain cat
pack a-gz gzip -n
pack a-bz2 bzip2
pack a-xz xz
make in-zipped && rm in-zipped/link && bsdtar --format zip -cf zipped in-zipped
for each in gz:gzip xz:xz bz2:bzip2 zst:zstd; do
  echo "alone in ${each#*:}" | "${each#*:}" >"alone.${each%:*}"
done
echo 'just text' >not-an-archive.tar.gz
rm -r in-*
