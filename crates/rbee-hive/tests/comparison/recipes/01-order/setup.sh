mkdir inside
echo inside >inside/file
tar --sort=name --mtime=@1 --owner=0 --group=0 -cf unpacked.tar inside
rm -r inside
