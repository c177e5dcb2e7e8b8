cd "$SOURCES/project.git"
echo three >file
git commit -qam three
