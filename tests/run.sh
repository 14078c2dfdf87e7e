#!/usr/bin/env bash
# Every check and every test, in the order in which they fail fastest.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$1"; }

say "formatting and lint"
.venv/bin/ruff format --check -q .
.venv/bin/ruff check -q .
say "contracts of the house"
.venv/bin/lint-imports | tail -n 14
say "strict types"
.venv/bin/mypy
if [ -f web/package.json ]; then
  say "web: types, lint, unit tests"
  (cd web && npm run -s typecheck && npm run -s lint && npm test --silent)
  if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      say "installing Chromium and fonts for the browser tests"
      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
    else
      echo "✘ 浏览器测试需要 chromium 与 fonts-noto-cjk，请先安装（以 root 运行时会自动安装）。"; exit 1
    fi
  fi
fi
if ! command -v java >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing Java for the test on Spark"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null
  else
    echo "✘ Spark 的测试需要 Java 17（openjdk-17-jre-headless），请先安装（以 root 运行时会自动安装）。"; exit 1
  fi
fi
say "python, browser and house tests"
.venv/bin/pytest -n 2 --dist loadfile
