echo given >given.txt
echo inside >inside && tar -cf given.tar inside
echo inside2 >inside2 && tar -cf noextract.tar inside2
rm inside inside2
