#!/usr/bin/env bash
# Runs the checks; installs what it needs. test.sh [STEP…] runs only some:
# format lints wall tree house targets scripts packaging deny tests api ui newer
# Without a step, each commit has its turn of what takes long and rarely fails: a quarter of the slow tests
# (.config/slow-tests), another judge or another system, the licences. `SLOW_EVERY=1` runs all of it.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

slow_every=${SLOW_EVERY:-4} commits=$(git rev-list --count HEAD)

# EVERY TURN: whether this commit has its turn.
is_due() { [ "$slow_every" = 1 ] || [ $((commits % $1)) = "$2" ]; }

# The steps of a whole run.
due_steps() {
    echo format lints wall tree house
    if is_due 2 0; then echo targets; else echo newer api; fi
    [ "$slow_every" != 1 ] || echo newer api
    echo scripts packaging tests ui
    # What we depend on is judged after it changed, and now and then, because advisories are published at any time.
    if is_due 8 0 || git log -n 10 --format= --name-only | grep -qxE 'Cargo.lock|deny.toml'; then echo deny; fi
}

# The filter of nextest that leaves out the slow tests whose turn it is not.
due_tests() {
    awk -v every="$slow_every" -v turn="$((commits % slow_every))" '
        /^#/ { next }
        every > 1 && n++ % every != turn { out = out " or (binary_id(=" $1 ") and test(=" $2 "))" }
        END { print "not (none()" out ")" }' .config/slow-tests
}

step_format() {
    cargo fmt --all --check
    ! git grep -nE '^(<<<<<<<|>>>>>>>) ' || { echo "a merge was left half done" >&2; exit 1; }
}

step_lints() { cargo clippy --workspace --all-targets --quiet -- -D warnings; }

# The pure core compiles without IO. A line of its own: in a workspace build cargo would switch the feature `io` on.
step_wall() {
    cargo check --quiet -p ffmpeg-cluster-common
    local deps
    deps=$(cargo tree -p ffmpeg-cluster-common --edges normal --depth 1 --prefix none | sed '1d; s/ .*//' | sort | tr '\n' ' ')
    [ "$deps" = "serde serde_json thiserror " ] || { echo "the pure core depends on: $deps" >&2; exit 1; }
}

step_tree() {
    local bad
    bad=$(cargo tree --workspace --prefix none | grep -E '^(openssl|openssl-sys|native-tls|security-framework|schannel) ' || true)
    [ -z "$bad" ] || { echo "system libraries in the tree: $bad" >&2; exit 1; }
    cargo metadata --locked --format-version 1 > /dev/null
}

# Circles, arrows that go up, long functions: what is mended does not come back.
step_house() { scripts/house.py; }

# Licences, bans and sources; advisories too where their database can be had.
step_deny() {
    if ! command -v cargo-deny > /dev/null; then
        # A debug build, and nobody debugs it: it works for two seconds, and the other one takes minutes to be made.
        CARGO_PROFILE_DEV_DEBUG=0 cargo install cargo-deny --locked --quiet --debug --root target/tools || { echo "cargo-deny could not be installed" >&2; exit 1; }
        PATH=$PWD/target/tools/bin:$PATH
    fi
    cargo deny --log-level error check licenses bans sources
    if timeout 60 cargo deny --log-level error check advisories 2> target/advisories.log; then
        echo "advisories: none"
    elif grep -q 'failed to fetch\|failed to open\|failed to acquire\|failed to clone' target/advisories.log; then
        echo "advisories: NOT CHECKED, their database can't be reached from here"
    else
        cat target/advisories.log >&2
        exit 1
    fi
}

step_scripts() {
    local all=(scripts/*.sh scripts/zoo/*.sh scripts/release/*.sh build.sh .ci/run)
    for script in "${all[@]}"; do bash -n "$script"; done
    if ! command -v shellcheck > /dev/null && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        mkdir -p target
        apt-get install -y -qq shellcheck > target/shellcheck.log 2>&1 || true
    fi
    if command -v shellcheck > /dev/null; then shellcheck -x "${all[@]}"; else echo "shellcheck is not here; only the syntax was checked"; fi
}

# Alerts, tried by Prometheus's own tool.
rules() {
    if ! command -v promtool > /dev/null && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        mkdir -p target
        timeout 240 apt-get install -y -qq prometheus > target/prometheus.log 2>&1 || true
    fi
    python3 -m json.tool packaging/grafana/ffmpeg-cluster.json /dev/null
    if ! command -v promtool > /dev/null; then
        echo "alerts: NOT CHECKED, promtool is not here"
        return
    fi
    promtool check config --syntax-only packaging/prometheus/scrape.yml
    promtool check rules packaging/prometheus/alerts.yml
    promtool test rules packaging/prometheus/alerts.test.yml
}

# Units, property lists and container files, each by its own judge where that is here.
step_packaging() {
    if command -v systemd-analyze > /dev/null; then
        local unit copy
        copy=$(mktemp -d)
        for unit in packaging/systemd/*.service; do
            # The programs are not installed here; everything else of the unit counts.
            sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$unit" > "$copy/${unit##*/}"
            # It ends well after what it only warns of, such as a key that it does not know.
            systemd-analyze verify --man=no "$copy/${unit##*/}" 2>&1 | tee "$copy/said"
            [ ! -s "$copy/said" ] || exit 1
            systemd-analyze security --offline=yes --threshold=20 "$unit" | tail -n 1
        done
        rm -rf "$copy"
    else echo "units: NOT CHECKED, systemd-analyze is not here"; fi
    rules
    python3 -c 'import plistlib, sys; [plistlib.load(open(name, "rb")) for name in sys.argv[1:]]' packaging/launchd/*.plist
    if command -v hadolint > /dev/null; then hadolint Dockerfile; else echo "Dockerfile: NOT CHECKED, hadolint is not here"; fi
    if docker compose version > /dev/null 2>&1; then docker compose config --quiet
    elif command -v docker-compose > /dev/null; then docker-compose config --quiet
    else echo "compose.yaml: NOT CHECKED, docker compose is not here"; fi
}

# The programs compile for another system, too: Windows, because all that it needs beside Rust is one C compiler.
step_targets() {
    local target=x86_64-pc-windows-gnu
    if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
        if ! timeout 60 rustup target add "$target" > /dev/null 2>&1; then
            echo "$target: NOT CHECKED, its standard library is not available here"
            return
        fi
    fi
    if ! command -v x86_64-w64-mingw32-gcc > /dev/null && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        mkdir -p target
        timeout 120 apt-get install -y -qq gcc-mingw-w64-x86-64-posix > target/mingw.log 2>&1 || true
    fi
    if ! command -v x86_64-w64-mingw32-gcc > /dev/null; then
        echo "$target: NOT CHECKED, the C compiler x86_64-w64-mingw32-gcc is missing"
        return
    fi
    cargo clippy --quiet --target "$target" -p ffmpeg-cluster-server -p ffmpeg-cluster-client -- -D warnings
}

# One build for all that runs: the programs and the tests, with the same features, so that nothing is compiled twice. What the
# programs are without the tests' features is seen by `targets` and by whoever builds a release.
build() { cargo build --workspace --bins --tests --quiet; }

# Takes the filter of nextest, which may be empty, and then the words that say the same to cargo test.
run_tests() {
    local filter=$1 status=0
    shift
    rm -f "$target/nextest/default/junit.xml"
    if cargo nextest --version > /dev/null 2>&1; then
        # All packages are named each time, because the features of what is built depend on them.
        cargo nextest run --workspace --no-fail-fast ${filter:+-E "$filter"} 2>&1 | tee "$target/said" || status=$?
        # Seen: groups and priorities by which nextest left out whole packages, and said so in one line.
        if grep -q 'tests were not run' "$target/said"; then status=1; fi
        kept_times "$current"
        return "$status"
    fi
    cargo test --workspace "$@"
}

step_tests() {
    scripts/get-ffmpeg.sh
    # The judge of what webhooks are sent; its test says NOT CHECKED without it.
    if [ ! -d target/tools/python/standardwebhooks ] && python3 -m pip --version > /dev/null 2>&1; then
        mkdir -p target/tools
        timeout 60 python3 -m pip install --quiet --no-deps --target target/tools/python standardwebhooks==1.1.0 \
            > target/tools/pip.log 2>&1 || true
    fi
    build
    # Every twelfth film of the zoo and of those that nobody here made, every twelfth row of the filters, every twelfth planted
    # bug, and fewer chance films: other ones each time their tests have their turn.
    # `SLOW_EVERY=1 ZOO_EVERY=1 CORPUS_EVERY=1 FILTERS_EVERY=1 MUTANTS_EVERY=1 SIM_SEEDS=5000 scripts/test.sh tests` takes all,
    # and more than an hour.
    local -x ZOO_EVERY=${ZOO_EVERY:-12} CORPUS_EVERY=${CORPUS_EVERY:-12} FILTERS_EVERY=${FILTERS_EVERY:-12}
    local -x RANDOM_FILMS=${RANDOM_FILMS:-8} SHARE_FROM=${SHARE_FROM:-$((commits / slow_every))}
    local -x MUTANTS_EVERY=${MUTANTS_EVERY:-12} MUTANTS_FROM=${MUTANTS_FROM:-$((commits / slow_every))}
    run_tests "$(due_tests)"
}

# The REST API, judged by a stranger's program with requests that nobody here thought of.
step_api() {
    scripts/get-ffmpeg.sh
    build
    mkdir -p target/tools
    scripts/judge-api.sh "$PWD/target/debug"
}

# The page in a real Chromium, with a real server and client. Node and Chromium are only for this.
step_ui() {
    local tools=$PWD/target/ui work status=0
    mkdir -p "$tools"
    if ! command -v chromium > /dev/null && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        { timeout 60 apt-get update -qq && timeout 240 apt-get install -y -qq chromium; } > "$tools/apt.log" 2>&1 || true
    fi
    if [ ! -d "$tools/node_modules/axe-core" ] && command -v npm > /dev/null; then
        timeout 120 npm install --silent --no-save --prefix "$tools" playwright-core@1.65 axe-core@4 > "$tools/npm.log" 2>&1 || true
    fi
    if [ ! -d "$tools/node_modules/shaka-player" ] && command -v npm > /dev/null; then
        timeout 120 npm install --silent --no-save --ignore-scripts --prefix "$tools" \
            playwright-core@1.65 axe-core@4 hls.js@1.7 shaka-player@5.2 dashjs@5.2 >> "$tools/npm.log" 2>&1 || true
    fi
    if ! command -v chromium > /dev/null || ! command -v node > /dev/null || [ ! -d "$tools/node_modules/axe-core" ]; then
        echo "the page in a browser: NOT CHECKED, Chromium, Node or its packages can't be had here"
        return
    fi
    scripts/get-ffmpeg.sh
    build
    work=$(mktemp -d)
    TOOLS=$tools BIN=$PWD/target/debug WORK=$work CHROMIUM=$(command -v chromium) timeout 360 node scripts/ui.mjs || status=$?
    rm -rf "$work"
    return "$status"
}

# What judges exactness once more, with a newer ffmpeg. The films are those of the usual one, so that both see the same.
step_newer() {
    local newer status=0 films=$target/debug/test-data
    newer=$(scripts/newer-ffmpeg.sh target/newer-ffmpeg) || status=$?
    if [ "$status" = 3 ]; then
        echo "newer ffmpeg: NOT CHECKED, it is not available here"
        return
    fi
    [ "$status" = 0 ] || exit "$status"
    scripts/get-ffmpeg.sh
    scripts/films.sh "$films/films"
    scripts/zoo.sh "$films/zoo"
    build
    local -x ZOO_EVERY=${ZOO_EVERY:-12} RANDOM_FILMS=${RANDOM_FILMS:-15} PATH=$newer:$PATH
    local what=(zoo:: random:: colours:: versions:: times_of_every_kind) any
    any=$(printf ' or test(%s)' "${what[@]}")
    run_tests "binary(media) and (none()$any)" --test media -- "${what[@]}"
}

# Keeps how long each test of a step took, beside the seconds of the steps.
kept_times() {
    # Where nothing was built there is none.
    [ -f "$target/nextest/default/junit.xml" ] || return 0
    python3 - "$target/nextest/default/junit.xml" "$times/$1.txt" << 'END'
import sys, xml.etree.ElementTree as tree
suites = tree.parse(sys.argv[1]).iter("testsuite")
cases = [(float(case.get("time")), suite.get("name"), case.get("name")) for suite in suites for case in suite.iter("testcase")]
with open(sys.argv[2], "w") as kept:
    for time, binary, name in sorted(cases, reverse=True):
        print(f"{time:8.1f} s  {binary}  {name}", file=kept)
END
}

# Where the time went: seconds of each step, and the slowest tests. All of it stays in $times until the next run.
tell_times() {
    say "where the time went; all of it is kept in $times"
    cat "$times/steps"
    local kept
    for kept in "$times"/*.txt; do
        [ -f "$kept" ] || continue
        awk '{ all += $1 } END { printf "%d tests took %d s one after the other; the slowest:\n", NR, all }' "$kept"
        head -n 10 "$kept"
    done
}

target=${CARGO_TARGET_DIR:-target} times=${CARGO_TARGET_DIR:-target}/times
rm -rf "$times"
mkdir -p "$times"
: > "$times/steps"
trap tell_times EXIT
steps=("$@")
[ $# -gt 0 ] || read -ra steps <<< "$(due_steps | tr '\n' ' ')"
for current in "${steps[@]}"; do
    say "$current"
    began=$SECONDS
    "step_$current"
    printf '%8d s  %s\n' "$((SECONDS - began))" "$current" | tee -a "$times/steps"
done
say "all checks passed: ${steps[*]}"
