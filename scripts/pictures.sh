#!/usr/bin/env bash
# Takes the pictures of the page for README and docs/page.md anew: a real farm, of which one client is killed.
# Needs what `scripts/test.sh ui` needs, which fetches it.
set -eu -o pipefail
cd "$(dirname "$0")/.."
cargo build -q --workspace --bins
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CHROMIUM=$(command -v chromium)
export CHROMIUM TOOLS=$PWD/target/ui BIN=$PWD/target/debug WORK=$work SHOTS=$PWD/docs/pictures
timeout 600 node scripts/pictures.mjs
