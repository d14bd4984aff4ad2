#!/bin/sh
# Makes the lock files anew: what Pincite runs with, once for each engine, and what its tests need; all agree.
set -eu
uv=$1
lock() {
    output=requirements/$1.lock; shift
    "$uv" pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet --no-header --no-annotate \
        --output-file "$output" "$@"
}
lock xllamacpp --extra xllamacpp
lock llama-cpp-python --extra llama-cpp-python --constraints requirements/xllamacpp.lock
lock dev --extra dev --extra tuning --extra evaluation --extra xllamacpp --no-emit-package torch --constraints requirements/xllamacpp.lock
