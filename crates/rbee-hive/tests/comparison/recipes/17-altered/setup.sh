key() { # NAME EXPIRES: makes a key that signs, its fingerprint
  gpg --batch --quiet --passphrase "" --quick-generate-key "$1 <$1@example.org>" ed25519 sign "$2" 2>/dev/null
  gpg --batch --with-colons --list-keys "$1@example.org" | sed -n "s/^fpr:*\([0-9A-F]*\):$/\1/p" | head -n 1
}
chmod 700 "$GNUPGHOME"
mkdir -p keys/pgp
start=$PWD
good=$(key good 0)
gpg --armor --export "$good" >"keys/pgp/$good.asc"
sed -i "s/FINGERPRINT/$good/" PKGBUILD
echo given >given.txt
echo other >given.txt
gpg --batch --quiet -u "$good" --detach-sign given.txt
echo given >given.txt
