svnadmin create "$SOURCES/project"
url=file://$SOURCES/project
svn mkdir -q -m trunk "$url/trunk"
svn checkout -q "$url/trunk" work
echo one >work/file && svn add -q work/file && svn commit -q -m one work
echo two >work/file && svn commit -q -m two work
rm -rf work
