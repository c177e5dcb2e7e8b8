head -c 100000 /dev/urandom >noise
tar -czf whole.tar.gz noise
head -c 50000 whole.tar.gz >broken.tar.gz
rm noise whole.tar.gz
