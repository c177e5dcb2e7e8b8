echo 3 >version
tar -cf version.tar version
rm version
