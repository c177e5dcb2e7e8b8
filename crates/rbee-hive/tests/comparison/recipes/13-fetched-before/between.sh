rm "$SOURCES/given.txt"
