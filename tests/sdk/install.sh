#!/bin/sh
# install.sh FOLDER: the SDKs and the tests that drive them, in a folder outside of the sources.
set -e
mkdir -p "$1"
cp "$(dirname "$0")"/*.json "$(dirname "$0")"/*.mjs "$1"
cd "$1"
if cmp -s package-lock.json node_modules/.installed-lock.json; then exit 0; fi
npm ci --no-audit --no-fund --loglevel=error
cp package-lock.json node_modules/.installed-lock.json
