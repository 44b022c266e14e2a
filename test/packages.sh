#!/bin/sh
# Installs what the tests use, where that is possible: a machine without apt or root runs the other tests, and each test that misses
# something says SKIP and why.
set -u
have() { command -v "$1" >/dev/null 2>&1; }

# A short message centre by others, from npm: the tests of SMPP talk to it.
modules="${XDG_CACHE_HOME:-$HOME/.cache}/vauban-tests"
if have npm && [ ! -d "$modules/node_modules/smpp" ]; then
	echo "packages: installing node-smpp into $modules"
	timeout 60 npm install --prefix "$modules" --ignore-scripts --no-audit --no-fund --no-save --silent smpp@0.5.1 >/dev/null 2>&1 ||
		echo "packages: could not install node-smpp; the tests that need it are skipped"
fi

want=""
have aws || want="$want awscli"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || want="$want postgresql"
have curl || want="$want curl"
have openssl || want="$want openssl"
have rclone || want="$want rclone"
have pkcs11-tool || want="$want opensc"
have softhsm2-util || want="$want softhsm2"
have python3 || want="$want python3"
have bwrap || want="$want bubblewrap"
have node || want="$want nodejs"
python3 -c 'import aiosmtpd' 2>/dev/null || /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || want="$want python3-aiosmtpd"
python3 -c 'import boto3' 2>/dev/null || want="$want python3-boto3"
[ -z "$want" ] && exit 0

if ! have apt-get; then
	echo "packages: no apt-get here; without$want some tests are skipped"
	exit 0
fi
if [ "$(id -u)" = 0 ]; then sudo=""; elif have sudo && sudo -n true 2>/dev/null; then sudo="sudo -n"; else
	echo "packages: not root; without$want some tests are skipped (install them with: sudo apt-get install$want)"
	exit 0
fi
echo "packages: installing$want"
# The PostgreSQL package would start a cluster of its own: the tests start a private one.
$sudo mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
{ $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $want; } >/tmp/vauban-packages.$$ 2>&1 || {
	tail -5 /tmp/vauban-packages.$$
	echo "packages: could not install$want; the tests that need them are skipped"
}
rm -f /tmp/vauban-packages.$$
