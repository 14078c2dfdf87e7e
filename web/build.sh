#!/usr/bin/env bash
# npm packages and web build, each only when what it is made of has changed.
set -euo pipefail
cd "$(dirname "$0")"
command -v node >/dev/null || { echo "✘ 需要 node（20 或更新）与 npm 来构建网页。"; exit 1; }
command -v npm >/dev/null || { echo "✘ 需要 npm 来构建网页。"; exit 1; }
packages=$(cat package.json package-lock.json | sha256sum | cut -c1-16)
if [ "$(cat node_modules/.packages 2>/dev/null)" != "$packages" ]; then
  npm ci --no-audit --no-fund --loglevel=error
  echo "$packages" > node_modules/.packages
fi
sources=$(find src public index.html vite.config.ts tsconfig.json package-lock.json -type f 2>/dev/null | sort | xargs sha256sum | sha256sum | cut -c1-16)
if [ "$(cat dist/.sources 2>/dev/null)" != "$sources" ]; then
  npm run -s build
  echo "$sources" > dist/.sources
fi
