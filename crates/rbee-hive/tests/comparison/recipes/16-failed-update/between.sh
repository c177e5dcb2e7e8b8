mv "$SOURCES/project.git" "$SOURCES/gone.git"
