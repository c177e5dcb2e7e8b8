git init -q -b main "$SOURCES/project.git"
cd "$SOURCES/project.git"
echo one >file
ln -s file link
git add . && git commit -qm one
git tag v1
git checkout -qb side
echo side >file
git commit -qam side
git checkout -q main
echo two >file
chmod 755 file
git commit -qam two
git tag -am two v2
