# Lays the usr of trees over the host's /usr, in a mount namespace of its own, and then becomes a
# program. Runs as
#
#   unshare ... sh -c overlay overlay TARGET COUNT TREE... PROGRAM ARGS...
#
# The first of the COUNT trees is seen over all others. TARGET is where the result is mounted; if it
# is empty, that is the folder `usr` in the records of the first tree.
#
# A usr that is a link is refused: it would be followed on the host.
#
# Options of a mount are one page at most, and have characters of their own: so the trees get short
# names, in a folder in memory that nothing outside this namespace sees.

set -eu
target=$1 count=$2
shift 2
back=$PWD scratch=$1/.rbee
mount -t tmpfs tmpfs "$scratch"
cd -P "$scratch"
number=0 layers=
while [ "$number" -lt "$count" ]; do
  if [ -L "$1/usr" ] || [ ! -d "$1/usr" ]; then
    echo "overlay: $1/usr is no folder" >&2
    exit 1
  fi
  ln -s "$1/usr" "$number"
  layers=$layers$number:
  number=$((number + 1))
  shift
done
mkdir usr
mount -t overlay overlay -o "lowerdir=$layers/usr" "${target:-usr}"
cd "$back"
[ -z "$target" ] || umount -l "$scratch"
exec "$@"
