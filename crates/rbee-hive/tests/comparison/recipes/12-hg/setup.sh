hg init "$SOURCES/project"
cd "$SOURCES/project"
commit() { hg commit -q -d '1577836800 0' "$@"; }
echo one >file && hg add -q file && commit -m one
hg tag -d '1577836800 0' v1
hg branch -q side && echo side >file && commit -m side
hg update -q default && echo two >file && commit -m two
