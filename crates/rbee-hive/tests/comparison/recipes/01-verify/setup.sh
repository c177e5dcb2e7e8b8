echo inside >inside
tar -cf given.tar inside
rm inside
