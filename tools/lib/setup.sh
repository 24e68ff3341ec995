# Shared by the scripts in tools: messages, packages, presets, building. Sourced by bash.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

build_packages=(g++ cmake ninja-build pkg-config libnetcdf-dev libeigen3-dev libcli11-dev
                libtomlplusplus-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libxxhash-dev)
report_packages=(python3 python3-venv)
test_packages=(libgtest-dev librandom123-dev libbenchmark-dev netcdf-bin python3 python3-xarray
               python3-netcdf4 clang-format clang-14 libclang-rt-14-dev valgrind git chromium
               python3-yaml shellcheck mmdebstrap strace)

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# wrong_use SENTENCE
wrong_use() {
  printf '%s: %s; see %s --help\n' "$(basename "$0")" "$*" "$(basename "$0")" >&2
  exit 2
}

# answer_help ARGUMENT...: prints $usage and ends where the first argument asks for it.
answer_help() {
  case ${1:-} in
    -h | --help) say "$usage"; exit 0 ;;
  esac
}

# refuse_arguments ARGUMENT...: there should be none left.
refuse_arguments() { [[ $# -eq 0 ]] || wrong_use "unknown argument $1"; }

# missing_packages NAME...: those that dpkg does not have, one a line.
missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || say "$name"
  done
}

# run_apt ARGUMENT...: apt-get as root; its output is shown where it fails.
run_apt() {
  local as_root=() log
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || die "apt-get needs root: run as root or install sudo"
    as_root=(sudo)
  fi
  log=$(mktemp)
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "apt-get $1 failed"
  fi
  rm -f "$log"
}

# ensure_packages NAME...: installs what is missing and says what that is.
ensure_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    [[ -z ${KGON_SKIP_PACKAGES:-} ]] || return 0
    say "Needed, by their names in Debian 12:"
    printf '  %s\n' "$@"
    die "this system has no apt: install these, then run again with KGON_SKIP_PACKAGES=1"
  fi
  # No process substitution: a chroot may have no /proc, and so no /dev/fd.
  local list missing
  list=$(missing_packages "$@")
  [[ -n $list ]] || return 0
  mapfile -t missing <<<"$list"
  say "Installing with apt: ${missing[*]}"
  run_apt update
  run_apt install --no-install-recommends "${missing[@]}"
}

# default_preset: cuda-release where there is an nvcc, which it puts on PATH, else cpu-release.
default_preset() {
  if ! command -v nvcc >/dev/null && [[ -x /usr/local/cuda/bin/nvcc ]]; then
    PATH=$PATH:/usr/local/cuda/bin
  fi
  if command -v nvcc >/dev/null; then preset=cuda-release; else preset=cpu-release; fi
}

# read_arguments ARGUMENT...: sets `preset`.
read_arguments() {
  default_preset
  while [[ $# -gt 0 ]]; do
    answer_help "$1"
    [[ $1 == --preset ]] || refuse_arguments "$1"
    [[ -n ${2:-} ]] || wrong_use "--preset needs a name"
    preset=$2
    shift 2
  done
  build=$root/build/$preset
}

# logged LOG COMMAND...: quiet; the log is shown where the command fails.
logged() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { cat "$log" >&2; die "failed: $*"; }
}

# configure ON|OFF: the preset with or without tests; nothing where it stands already. Once the
# tests are in, they stay.
configure() {
  local cache=$build/CMakeCache.txt
  if [[ -f $build/build.ninja && ! $root/CMakePresets.json -nt $build/build.ninja ]]; then
    if [[ $1 == OFF ]] || grep -q '^KGON_TESTS:BOOL=ON' "$cache"; then return 0; fi
  fi
  say "Configuring $preset"
  mkdir -p "$build"
  (cd "$root" && logged "$build/configure.log" cmake --preset "$preset" "-DKGON_TESTS=$1")
  grep -h '^-- kgon:' "$build/configure.log" || true
}

# show_build: filters what ninja prints: nothing where there was nothing to build, progress in one
# line of a terminal, and whatever compilers say.
show_build() {
  local line started= progress='^\[[0-9]+/[0-9]+\] '
  local idle='^(ninja: (Entering|no work)|\[[0-9]+/[0-9]+\] Re-|-- (Configuring|Generating|Build files|GLOB mismatch))'
  while IFS= read -r line; do
    if [[ $line =~ $idle ]]; then continue; fi
    if [[ -z $started ]]; then
      say "Building in build/$preset with $(nproc) jobs"
      started=yes
    fi
    if ! [[ $line =~ $progress ]]; then
      say "$line"
    elif [[ -t 1 ]]; then
      printf '\r%.78s\033[K' "$line"
    fi
  done
  if [[ -n $started && -t 1 ]]; then say ""; fi
}

# build_target NAME
build_target() {
  ninja -C "$build" -j "$(nproc)" "$1" 2>&1 | show_build || die "the build failed"
}
