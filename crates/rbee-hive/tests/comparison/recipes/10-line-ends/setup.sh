sed -i 's/$/\r/' PKGBUILD
