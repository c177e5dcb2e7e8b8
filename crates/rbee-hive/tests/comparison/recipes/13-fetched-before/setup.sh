echo given >"$SOURCES/given.txt"
