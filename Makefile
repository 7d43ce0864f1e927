# make         install what is missing (Debian packages) and build: build/release/bin/af and af-task
# make demo    a whole job on this machine: data, an S3 server on loopback, the result, what bounded it
# make test    every test, sanitizers included (an hour); ends with ctest's summary;  make test-release: without them
# make test-image   the image of a task: builds, runs, publishes it on loopback where buildah and mmdebstrap are installed
# make bench   what it costs, against what else there is: build/bench/DATE.json (ten minutes at most)
# make format  clang-format over the sources;  make tidy  clang-tidy;  make clean  removes build/

BUILD_PACKAGES = g++ cmake ninja-build pkg-config libasio-dev libcurl4-openssl-dev libssl-dev nlohmann-json3-dev \
  libyaml-cpp-dev libsimdjson-dev libpugixml-dev libexpected-dev libfmt-dev libcli11-dev libre2-dev libxxhash-dev \
  liblzma-dev zlib1g-dev libbz2-dev libzstd-dev libisal-dev libarchive-dev libsqlite3-dev libcpp-httplib-dev python3
DEMO_PACKAGES = $(BUILD_PACKAGES) python3-botocore
TEST_PACKAGES = $(DEMO_PACKAGES) catch2 nodejs xz-utils bzip2 zstd gzip curl procps openssl python3-cryptography \
  python3-cryptography-vectors python3-aiosmtpd python3-pip python3-selenium chromium chromium-driver sqlite3 tmux zsh fish
BENCH_PACKAGES = $(DEMO_PACKAGES) libbenchmark-dev xz-utils zstd curl jq mawk
TSAN_PACKAGES = $(TEST_PACKAGES) clang-16 libclang-rt-16-dev llvm-16

SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
JOBS ?= $(shell nproc)
TEST_JOBS ?= $(shell expr 2 '*' $(JOBS))
BIN = build/release/bin

# Packages of $(1) that are not installed.
missing = $(shell for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done)
define install
	@missing="$(call missing,$(1))"; if [ -n "$$missing" ]; then echo "installing: $$missing" >&2; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
endef

.PHONY: all packages build demo test test-release test-asan test-tsan test-image bench format tidy clean

all: packages build

packages:
	$(call install,$(BUILD_PACKAGES))

build: packages
	@cmake --preset release -DAF_TESTS=OFF >/dev/null
	@cmake --build --preset release -j $(JOBS)
	@echo "built: $(BIN)/af and $(BIN)/af-task" >&2

demo:
	$(call install,$(DEMO_PACKAGES))
	@$(MAKE) --no-print-directory build
	@tests/demo.sh $(BIN)

# Ends with the summary of the whole suite.
test:
	$(call install,$(TSAN_PACKAGES))
	@$(MAKE) --no-print-directory test-tsan
	@$(MAKE) --no-print-directory test-asan
	@$(MAKE) --no-print-directory test-image
	@$(MAKE) --no-print-directory test-release

# The whole suite, on the program that users get.
test-release:
	$(call install,$(TEST_PACKAGES))
	cmake --preset release -DAF_TESTS=ON >/dev/null
	cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(TEST_JOBS)

# GCC's AddressSanitizer and UBSan over every unit test and one whole job.
test-asan:
	$(call install,$(TEST_PACKAGES))
	cmake --preset asan >/dev/null
	cmake --build --preset asan -j $(JOBS) --target engine_tests stages_tests af
	ctest --preset asan -j $(TEST_JOBS) -L 'engine_tests|stages_tests|sanitize'

# clang's ThreadSanitizer over the engine and one whole job.
test-tsan:
	$(call install,$(TSAN_PACKAGES))
	cmake --preset tsan >/dev/null
	cmake --build --preset tsan -j $(JOBS) --target engine_tests af
	ctest --preset tsan -j $(TEST_JOBS) -L 'engine_tests|sanitize'

# Packs the programs of the release build; says what it skipped and why.
test-image: build
	tests/image/check_image.sh $(BIN)

# The small measurements, the peers that are installed, a tuning. Files are dated: the next one stands beside it.
bench:
	$(call install,$(BENCH_PACKAGES))
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target af af-bench af-floor af-flat-hash af-bench-micro
	@/usr/bin/python3 -B bench/all.py --bin $(BIN) --out build/bench

format:
	$(call install,clang-format)
	git ls-files '*.cpp' '*.hpp' '*.c' '*.h' | xargs clang-format -i

tidy:
	$(call install,$(TEST_PACKAGES) clang-tidy)
	cmake --preset release -DAF_TESTS=ON >/dev/null
	git ls-files 'engine/*.cpp' 'stages/*.cpp' 'cli/*.cpp' | xargs -P $(JOBS) -n 4 clang-tidy -p build/release --quiet

clean:
	rm -rf build
