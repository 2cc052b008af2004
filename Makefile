# SPDX-License-Identifier: Apache-2.0
# mxtap: `make` builds build/mxtap; `make demo` and `make test` install what they need first.
# Variables: CC, CFLAGS, SAN=1 (ASan and UBSan, under build/san), TSAN=1 (ThreadSanitizer, under build/tsan), COUNT=1 (work is counted, under build/count),
# PROFILE= (empty: mxtap is built in one pass, as its tests' parts are, not by what a run of it showed), VECTOR=128 or 256 (no kernel for wider vectors is called: tests reach those underneath), WERROR= (empty: warnings only), PREFIX, DESTDIR.

VERSION := 0.1.0
PREFIX ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
SAN ?=
TSAN ?=
COUNT ?=
VECTOR ?=
BUILD ?= build$(if $(SAN),/san)$(if $(TSAN),/tsan)$(if $(COUNT),/count)
CC ?= cc
# Which compiler that is, in its own words, not in the user's language: what another version of it compiled is compiled anew.
COMPILER := $(shell LC_ALL=C $(CC) -v 2>&1 | grep -o '\(gcc\|clang\) version .*')
WERROR ?= -Werror
# What is counted needs no long optimising, nor what a sanitizer watches: such a build takes half the time by it.
OPT ?= $(if $(COUNT),-O1,$(if $(SAN)$(TSAN),-O1,-O3) -g)

APT_BUILD := gcc make pkg-config libc6-dev libpcap-dev libndpi-dev libmaxminddb-dev libhiredis-dev \
	libpsl-dev libicu-dev libssl-dev libjansson-dev zlib1g-dev libzstd-dev libseccomp-dev libcap-ng-dev libmicrohttpd-dev libinih-dev gettext
APT_DEMO := redis-server redis-tools publicsuffix
# Mails of other projects, as a witness's input: tests/witness/mail_fixtures.py.
APT_MAILS := golang-github-gatherstars-com-jwz-dev golang-github-jhillyerd-enmime-dev python3-flufl.bounce \
	libpython3.11-testsuite libmime-explode-perl python3-dkim
APT_TEST := $(APT_DEMO) tzdata libmaxmind-db-writer-perl cppcheck universal-ctags openssl mount lowdown mandoc libcmocka-dev file clang valgrind libclang-rt-14-dev tshark tcpdump p0f python3 python3-html5lib nodejs jq zstd gzip iproute2 systemd nftables bind9-utils python3-prometheus-client \
	chromium chromium-driver python3-selenium poppler-utils fonts-noto-cjk $(APT_MAILS)
# Of these one program is run, and nothing installed: tests/unpack.
UNPACKED := postfix prometheus
# The manual; packages; the clean root that they are tried in.
APT_INSTALL := lowdown python3
APT_DEB := debhelper dpkg-dev fakeroot
APT_DEB_TEST := lintian debootstrap
APT_SOAK := $(APT_DEMO) iproute2 python3
APT_BENCH := tcpreplay tcpdump tshark python3 valgrind

PKGS := icu-i18n icu-uc libssl libcrypto libndpi libpsl libpcap inih libseccomp libcap-ng libmaxminddb hiredis jansson zlib libzstd
# Loaded when it is asked for (sensor/metrics/metrics_library).
LOADED := libmicrohttpd
# Worked out only where something is compiled: `make deps` must run without pkg-config.
PKG_CFLAGS = $(shell pkg-config --cflags-only-I $(PKGS) $(LOADED) | sed 's/-I/-isystem /g')
# What decoders need.
DECODER_LIBS = -lpsl -licui18n -licuuc
# First whoever has most names that are looked for: the dynamic linker asks the libraries in this order for each of ten thousand.
PKG_LIBS = -lcrypto -lc $(shell pkg-config --libs $(PKGS)) -lpthread

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
	-Wvla -Wwrite-strings $(WERROR)
, := ,
SAN_FLAGS := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)$(if $(TSAN),-fsanitize=thread)
# Steps (tests/scaling/steps.h): the compiler calls at each basic block of ours, the linker hands us the C library's loops.
COUNT_DEFINE := $(if $(COUNT),-DMXTAP_COUNT)
COUNT_EACH := $(if $(COUNT),-fsanitize-coverage=trace-pc)
COUNT_CALLS := memcpy memmove memset memchr memrchr memmem memcmp strlen strchr calloc realloc iconv
COUNT_LINK = $(if $(COUNT),$(BUILD)/tests/scaling/steps.o $(COUNT_CALLS:%=-Wl$(,)--wrap=%))
VECTOR_DEFINE := $(if $(VECTOR),-DVECTOR_MOST=$(VECTOR))
CFLAGS ?= $(OPT)
Q := $(if $(V),,@)
OWN_CFLAGS = -std=gnu11 $(CFLAGS) $(WARN) $(SAN_FLAGS) -I. -DMXTAP_VERSION='"$(VERSION)"' $(COUNT_DEFINE) $(VECTOR_DEFINE)
ALL_CFLAGS = $(OWN_CFLAGS) -DMXTAP_SHARE='"$(PREFIX)/share/mxtap"' -DMXTAP_LOCALE='"$(PREFIX)/share/locale"' -MMD -MP

MO := share/locale/ja/LC_MESSAGES/mxtap.mo
DECODERS := $(wildcard decoders/*/*.c)
SENSOR := $(filter-out sensor/main.c,$(wildcard sensor/*.c sensor/*/*.c))
DECODER_OBJ := $(DECODERS:%.c=$(BUILD)/%.o)
SENSOR_OBJ := $(SENSOR:%.c=$(BUILD)/%.o)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c tests/unit/sensor_*.c))

.PHONY: manual deb deps-install deps-deb deps-deb-test bench-redis soak soak-redis scaling all unit unit-build asan tsan bench-live fuzz fuzz-build bench-check bench bench-check lint po test test-long demo geo install deps-build deps-test deps-demo deps-geo deps-bench deps-soak clean
.SECONDARY:
# What a recipe that failed had begun to write is no target.
.DELETE_ON_ERROR:
all: $(BUILD)/mxtap $(BUILD)/$(MO)

# gcc clears a structure of more than 64 bytes by `rep stos`, which takes some 40 cycles to begin with: plain stores instead, where that is
# done for each frame, link, hop or mail. Everywhere, they would be too much code. clang knows no such word.
CLEAR_FLAG := -mmemset-strategy=vector_loop:1024:noalign$(,)libcall:-1:noalign
CLEAR_OFTEN := decoders/net/packet decoders/link/link_set decoders/mail/received sensor/record sensor/flows/header_fields
$(foreach place,$(BUILD) $(BUILD)/profile/shown $(BUILD)/profile/together,$(CLEAR_OFTEN:%=$(place)/%.o)): CLEAR := $(shell $(CC) $(CLEAR_FLAG) -E -x c /dev/null >/dev/null 2>&1 && echo $(CLEAR_FLAG))
$(BUILD)/decoders/%.o $(BUILD)/sensor/%.o $(BUILD)/tests/scaling/planted.o: EACH := $(COUNT_EACH)

# What everything was compiled with: objects made with other flags are made anew. Not PREFIX: `make install` with another one puts what is built
# into a package's root. The text is written where it is expanded, before the recipe runs. What root's `make install` left
# may be no one else's to write to, but is to be removed.
.PHONY: FORCE
$(BUILD)/flags $(BUILD)/fuzz/flags: FORCE
	@$(shell mkdir -p $(@D); rm -f $@.new)$(file >$@.new,$(if $(@:%/fuzz/flags=),$(COMPILER) $(CC) $(OWN_CFLAGS) $(CLEAR_FLAG) $(COPY_FLAG) $(COUNT_EACH) $(LDFLAGS),$(FUZZ_FLAGS)) $(PKG_CFLAGS))cmp -s $@.new $@ || mv -f $@.new $@ || test -e $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EACH) $(CLEAR) $(PKG_CFLAGS) -c $< -o $@

# The report's page carries these inside itself.
$(BUILD)/sensor/report/assets.o: share/report/report.css share/report/report.js

$(BUILD)/libdecoders.a: $(DECODER_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/libsensor.a: $(SENSOR_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

# mxtap itself. With PROFILE, which is set where it can be: compiled to watch itself, run over captures, compiled anew by what was seen, all files as one
# (docs/PERFORMANCE.md, "Built by what a run showed"): a sixth less time, twice as long to build. Code that no capture reaches is compiled as without a profile.
# The two passes need the same -O, or the profile fits nobody. Only gcc is asked: clang's ways are others.
GCC := $(filter gcc,$(firstword $(COMPILER)))
PROFILE ?= $(if $(GCC),$(if $(SAN)$(TSAN)$(COUNT)$(VECTOR),,1))
$(if $(PROFILE),$(if $(GCC),,$(error PROFILE needs gcc, and $(CC) is another compiler: make PROFILE=)))
SHOWN := $(BUILD)/profile/shown
TOGETHER := $(BUILD)/profile/together
OWN_OBJ := sensor/main.o $(DECODERS:%.c=%.o) $(SENSOR:%.c=%.o)
# What is shown: shapes of mail as tests/bench makes them, and every capture of pcaps/.
SHOW_MB := 8
SHOW := $(addprefix $(BUILD)/bench/$(SHOW_MB),MB.pcap MB-html.pcap MB-phish.pcap)
SHOWN_WITH := tests/bench/show share/brands.txt share/geo/register.mmdb $(wildcard share/lists/*.txt pcaps/*.pcap)

# gcc knows a function of one file by the place where the object's own by-products go, and keeps the profile there: one place for both passes.
SEEN_AT = -dumpdir $(BUILD)/profile/seen/$(<D)/ -dumpbase $(<F) -MF $(@:.o=.d)
# They write into this folder by its whole name: one that was moved, or copied, is compiled anew.
$(SHOWN)/%.o: %.c $(BUILD)/flags $(BUILD)/profile/tree
	@mkdir -p $(@D) $(BUILD)/profile/seen/$(<D)
	$(Q)$(CC) $(ALL_CFLAGS) -g0 -fprofile-generate -fprofile-update=atomic $(SEEN_AT) $(CLEAR) $(PKG_CFLAGS) -c $< -o $@

$(SHOWN)/mxtap: $(addprefix $(SHOWN)/,$(OWN_OBJ))
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fprofile-generate $^ -o $@ $(PKG_LIBS)

$(SHOWN)/done: $(SHOWN)/mxtap $(SHOW) $(SHOWN_WITH)
	$(Q)tests/bench/show $< $(BUILD)/profile/seen $(SHOW)
	@touch $@

# Warnings are the plain build's: looking through calls, gcc takes a kernel's bound for a table's size, and tells each function that was never called.
# Where the profile says how long most copies are, gcc copies by `rep movs`, which takes some 40 cycles to begin with: the C library's way takes ten.
COPY_FLAG := -mmemcpy-strategy=libcall:-1:noalign
COPY := $(if $(PROFILE),$(shell $(CC) $(COPY_FLAG) -E -x c /dev/null >/dev/null 2>&1 && echo $(COPY_FLAG)))
SHOWN_CFLAGS = $(ALL_CFLAGS) -w -fprofile-use -fprofile-partial-training $(COPY)
$(TOGETHER)/%.o: %.c $(SHOWN)/done
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHOWN_CFLAGS) $(if $(CARRIES),-fno-lto,-flto=auto) $(SEEN_AT) $(CLEAR) $(PKG_CFLAGS) -c $< -o $@

# These are words for the assembler, which know no other file.
$(TOGETHER)/sensor/report/assets.o: CARRIES := 1
$(TOGETHER)/sensor/report/assets.o: share/report/report.css share/report/report.js

$(BUILD)/profile-flag $(BUILD)/profile/tree: FORCE
	@$(shell mkdir -p $(@D); rm -f $@.new)$(file >$@.new,$(if $(@:%/tree=),$(PROFILE),$(CURDIR)))cmp -s $@.new $@ || mv -f $@.new $@ || test -e $@

# The linker's compilers share make's -j; but a line with + is also run by make -n, -q and -t, which then would link what there is.
SHARES_JOBS := $(if $(strip $(foreach letter,n q t,$(findstring $(letter),$(firstword -$(MAKEFLAGS))))),,+)
ifneq ($(PROFILE),)
$(BUILD)/mxtap: $(addprefix $(TOGETHER)/,$(OWN_OBJ)) $(BUILD)/profile-flag
	$(SHARES_JOBS)$(Q)$(CC) $(SHOWN_CFLAGS) $(LDFLAGS) -flto=auto $(filter %.o,$^) -o $@ $(PKG_LIBS)
else
$(BUILD)/mxtap: $(BUILD)/sensor/main.o $(BUILD)/libsensor.a $(BUILD)/libdecoders.a $(if $(COUNT),$(BUILD)/tests/scaling/steps.o) $(BUILD)/profile-flag
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(filter-out %/steps.o %/profile-flag,$^) -o $@ $(COUNT_LINK) $(PKG_LIBS)
endif

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ -lcmocka $(DECODER_LIBS)

$(BUILD)/tests/unit/sensor_%: $(BUILD)/tests/unit/sensor_%.o $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ -lcmocka $(PKG_LIBS)

$(BUILD)/tests/witness/%_cli: $(BUILD)/tests/witness/%_cli.o $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(DECODER_LIBS)

# Feeds records made by rule to Redis: what tests/e2e/redis_test.py drives.
$(BUILD)/tests/e2e/feed: $(BUILD)/tests/e2e/feed.o $(BUILD)/tests/e2e/feed_crowd.o $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(PKG_LIBS)

# Prints the built-in live filter for tests/packets/check.
$(BUILD)/tests/packets/builtin_filter: $(BUILD)/tests/packets/builtin_filter.o $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(PKG_LIBS)

# mxtap whose connections rest whenever nothing is under way, be it between two packets: what it says must be the same.
$(BUILD)/rest/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -DLIMIT_FLOW_REST_USEC=0 $(PKG_CFLAGS) -c $< -o $@

REST_OBJ := $(patsubst %,$(BUILD)/rest/%.o,sensor/flows/age_lists decoders/net/tcp_rest)
$(BUILD)/rest/mxtap: $(BUILD)/sensor/main.o $(REST_OBJ) $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(PKG_LIBS)

# Loaded into a running sensor by tests/e2e/lock_test.py: what it may still do.
$(BUILD)/tests/lock/probe.so: tests/lock/probe.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(CFLAGS) $(WARN) -fPIC -shared $< -o $@

unit-build: $(BUILD)/growth/traffic $(BUILD)/tests/lock/probe.so $(UNIT) $(BUILD)/tests/e2e/feed $(BUILD)/tests/witness/html_links_cli $(BUILD)/tests/witness/sniff_cli $(BUILD)/tests/witness/mail_parts_cli

unit: $(UNIT)
	@set -e; for t in $(UNIT); do echo "== $$t"; $$t; done

# --- texts in Japanese: where sensor/language finds them, beside the program ---
$(BUILD)/$(MO): po/ja.po
	@mkdir -p $(@D)
	$(Q)msgfmt --check --output-file=$@ $<

# Texts that are new or no more in the sources: ja.po then says what wants a translation.
po:
	po/collect --into po/ja.po

# --- fuzzers: libFuzzer, so clang; decoders are built again with its instrumentation ---
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link$(,)address$(,)undefined \
	-fno-sanitize-recover=undefined $(WARN) -I. -MMD -MP
FUZZ_DECODER_OBJ := $(DECODERS:%.c=$(BUILD)/fuzz/%.o)

$(BUILD)/fuzz/%.o: %.c $(BUILD)/fuzz/flags
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_FLAGS) -DMXTAP_VERSION='"fuzz"' -DMXTAP_SHARE='""' -DMXTAP_LOCALE='""' $(PKG_CFLAGS) -c $< -o $@

$(BUILD)/fuzz/libdecoders.a: $(FUZZ_DECODER_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/libdecoders.a
	$(Q)clang -fsanitize=fuzzer$(,)address$(,)undefined $^ -o $@ $(DECODER_LIBS)

# The one fuzzer of a sensor room: our own reader of capture files.
FUZZ_SAVEFILE := savefile plain_file savefile_resync pcap_format pcapng_format window window_pieces pieces compressed capture_filter
$(BUILD)/fuzz/fuzz_savefile: $(BUILD)/fuzz/tests/fuzz/fuzz_savefile.o \
		$(FUZZ_SAVEFILE:%=$(BUILD)/fuzz/sensor/intake/%.o) $(BUILD)/fuzz/sensor/language.o $(BUILD)/fuzz/libdecoders.a
	$(Q)clang -fsanitize=fuzzer$(,)address$(,)undefined $^ -o $@ -lpcap -lz -lzstd

# From the bytes of a connection to JSON lines.
FUZZ_RECORD := $(patsubst %.c,%,$(wildcard sensor/flows/*.c sensor/judge/*.c)) sensor/record sensor/counters sensor/budget sensor/log sensor/clock sensor/language sensor/quiet_thread \
	$(addprefix sensor/publish/,json record_json record_json_link record_json_mail recipients rewriter coding url_password text_marks plain_text text_memo)
$(BUILD)/fuzz/fuzz_record: $(BUILD)/fuzz/tests/fuzz/fuzz_record.o $(BUILD)/fuzz/tests/fuzz/json_check.o \
		$(FUZZ_RECORD:%=$(BUILD)/fuzz/%.o) $(BUILD)/fuzz/libdecoders.a
	$(Q)clang -fsanitize=fuzzer$(,)address$(,)undefined $^ -o $@ $(PKG_LIBS)

fuzz-build: $(FUZZ:%=$(BUILD)/fuzz/%)

FUZZ_SECONDS ?= 25
fuzz: fuzz-build
	tests/fuzz/run $(FUZZ_SECONDS)

# --- scaling: CPU time and steps per doubling of hostile bytes; make scaling LONG=1 also passes a mail of 1 GB ---
SCALING_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/scaling/*.c))

$(BUILD)/scaling: $(SCALING_OBJ) $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $(filter-out %/steps.o,$^) -o $@ $(or $(COUNT_LINK),$(BUILD)/tests/scaling/steps.o) $(DECODER_LIBS)

# The same families through the sensor's connections: the most that one of them ever holds.
MEMORY_OBJ := $(BUILD)/tests/memory/connection_memory.o $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/scaling.c %/planted.c,$(wildcard tests/scaling/*.c)))
$(BUILD)/connection_memory: $(MEMORY_OBJ) $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(PKG_LIBS)

scaling: $(BUILD)/scaling $(BUILD)/connection_memory $(BUILD)/mxtap
	@$(MAKE) --no-print-directory COUNT=1 $(BUILD)/count/scaling $(BUILD)/count/mxtap
	@$< $(if $(LONG),--long) $(FAMILY)
	@$(BUILD)/count/scaling $(FAMILY)
	@$(BUILD)/connection_memory $(FAMILY)
	@tests/scaling/captures $(if $(LONG),--long)
	@tests/scaling/captures --steps

# Captures of any size, made as they are read: idle sessions, floods, many mails (tests/growth).
$(BUILD)/growth/traffic: $(BUILD)/tests/growth/traffic.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@

# --- mxtap whose n-th allocation is refused: tests/alloc/refused runs it ---
$(BUILD)/alloc/mxtap: $(BUILD)/sensor/main.o $(BUILD)/tests/alloc/refuse.o $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup $^ -o $@ $(PKG_LIBS)

# --- what people and CI call ---
test: deps-test
	@tests/run

test-long: deps-test deps-deb-test
	@tests/run --long

demo: deps-demo
	@[ -e $(BUILD)/mxtap ] || echo "building $(BUILD)/mxtap, which takes some twenty seconds"
	@$(MAKE) --no-print-directory -j$$(nproc) WERROR= PROFILE= all
	@share/demo $(BUILD)/mxtap

# A country and an ASN database for --geoip in build/geo: fetched once, some 30 MB and a minute; see docs/FILES.md.
geo: deps-geo
	@share/geo/make-geo build/geo

lint:
	tests/lint

# --- the manual and the completion, from the option table and docs/ ---
manual: $(BUILD)/man/mxtap.1 $(BUILD)/completion/mxtap

$(BUILD)/man/mxtap.1: $(BUILD)/mxtap $(wildcard docs/*.md docs/ja/*.md) README.md README.ja.md debian/changelog $(wildcard share/manual/*)
	@command -v lowdown >/dev/null || { echo "the manual is made with lowdown and python3: make deps-install installs them"; exit 1; }
	$(Q)PYTHONDONTWRITEBYTECODE=1 share/manual/make $< $(@D)

$(BUILD)/completion/mxtap: $(BUILD)/mxtap share/manual/completion share/manual/options.py
	@mkdir -p $(@D)
	$(Q)PYTHONDONTWRITEBYTECODE=1 share/manual/completion $< >$@.new && mv $@.new $@

# --- packages: build/packages/*.deb, from the files that git knows ---
deb: deps-deb
	@share/make-deb build/packages

install: all manual
	install -D -m 755 $(BUILD)/mxtap $(DESTDIR)$(PREFIX)/bin/mxtap
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|/usr/bin/mxtap|$(PREFIX)/bin/mxtap|' share/mxtap.service >$(DESTDIR)$(UNITDIR)/mxtap.service
	for page in $(BUILD)/man/*.[1-8]; do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	for page in $(BUILD)/man/ja/*.[1-8]; do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/ja/man$${page##*.}/$${page##*/} || exit 1; done
	install -D -m 644 $(BUILD)/completion/mxtap $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mxtap
	install -D -m 644 share/mxtap.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/mxtap.conf
	[ -e $(DESTDIR)/etc/mxtap/mxtap.conf ] || install -D -m 644 share/mxtap.conf $(DESTDIR)/etc/mxtap/mxtap.conf
	install -D -m 644 $(BUILD)/$(MO) $(DESTDIR)$(PREFIX)/$(MO)
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/mxtap/README.md
	install -D -m 644 README.ja.md $(DESTDIR)$(PREFIX)/share/doc/mxtap/README.ja.md
	cd share && find brands.txt lists -type f -name '*.txt' -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/mxtap/{} \;
	install -D -m 644 docs/prometheus-rules.yml $(DESTDIR)$(PREFIX)/share/doc/mxtap/prometheus-rules.yml
	install -D -m 644 docs/grafana-dashboard.json $(DESTDIR)$(PREFIX)/share/doc/mxtap/grafana-dashboard.json
	install -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/mxtap/LICENSE

# Installs what is missing and says so; asks for root only where something is.
define apt
@missing=$$(for p in $(1); do dpkg-query -W -f '$${db:Status-Status}\n' $$p 2>/dev/null | grep -qx installed \
	|| echo $$p; done); \
if [ -n "$$missing" ]; then \
	echo "installing with apt-get:" $$missing; \
	sudo=; [ $$(id -u) = 0 ] || sudo=sudo; \
	log=$$(mktemp); \
	{ $$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $$missing; } >$$log 2>&1 \
	|| { tail -20 $$log; rm -f $$log; echo "apt-get failed: install these by hand, then run make again"; exit 1; }; \
	rm -f $$log; \
fi
endef

deps-build:
	$(call apt,$(APT_BUILD))
deps-install:
	$(call apt,$(APT_BUILD) $(APT_INSTALL))
deps-deb:
	$(call apt,$(APT_BUILD) $(APT_INSTALL) $(APT_DEB))
deps-demo:
	$(call apt,$(APT_BUILD) $(APT_DEMO))
deps-geo:
	$(call apt,libmaxmind-db-writer-perl $(if $(shell command -v npm),,npm))
deps-test:
	$(call apt,$(APT_BUILD) $(APT_TEST))
	@tests/unpack $(UNPACKED)
deps-deb-test:
	$(call apt,$(APT_BUILD) $(APT_INSTALL) $(APT_DEB) $(APT_DEB_TEST))
deps-soak:
	$(call apt,$(APT_BUILD) $(APT_SOAK))
deps-bench:
	$(call apt,$(APT_BUILD) $(APT_BENCH))

asan:
	$(MAKE) SAN=1 all unit-build

# mxtap alone, under build/tsan: what tests/workers/tsan runs.
tsan:
	$(MAKE) TSAN=1 all

# --- bench: CPU time against tcpdump and tshark on a corpus of our own making; quick form: make bench MB=50 RUNS=3 ---
MB ?= 500
RUNS ?= 9
BENCH_SMALL_MB = 50
# The mix, HTML alone, phishing.
BENCH_MB = $(addprefix $(BUILD)/bench/$(MB),MB.pcap MB-html.pcap MB-phish.pcap)
BENCH_COUNTED = $(addprefix $(BUILD)/bench/10,MB.pcap MB-html.pcap MB-phish.pcap)
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/corpus/*.c))

$(BUILD)/bench/corpus: $(BENCH_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@

$(BUILD)/bench/%MB.pcap: $(BUILD)/bench/corpus
	$(Q)$< $@ $*

$(BUILD)/bench/%MB-html.pcap: $(BUILD)/bench/corpus
	$(Q)$< $@ $* html

$(BUILD)/bench/%MB-phish.pcap: $(BUILD)/bench/corpus
	$(Q)$< $@ $* phish

# Look-ups of a watchlist at a thousand and at a million entries.
$(BUILD)/bench/watchlist: $(BUILD)/tests/bench/watchlist.o $(BUILD)/libsensor.a $(BUILD)/libdecoders.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(PKG_LIBS)

bench: deps-bench $(BUILD)/mxtap $(BUILD)/bench/watchlist $(BENCH_MB) $(BENCH_COUNTED) \
		$(BUILD)/bench/$(BENCH_SMALL_MB)MB.pcap
	@tests/bench/count $(BUILD)/mxtap $(BENCH_COUNTED)
	@tests/bench/bench --mxtap $(BUILD)/mxtap --corpus $(BUILD)/bench/$(MB)MB.pcap --html $(BUILD)/bench/$(MB)MB-html.pcap \
		--phish $(BUILD)/bench/$(MB)MB-phish.pcap --small $(BUILD)/bench/$(BENCH_SMALL_MB)MB.pcap --runs $(RUNS)
	@$(BUILD)/bench/watchlist 1000 1000000
	@tests/bench/judging --runs $(RUNS) $(BUILD)/mxtap $(BUILD)/bench/$(MB)MB.pcap
	@tests/bench/judging --instructions $(BUILD)/mxtap $(BUILD)/bench/10MB.pcap

# What a byte costs while sessions, mails at once, sizes grow: some ten minutes; quick look: make bench-growth QUICK=1
bench-growth: $(BUILD)/mxtap $(BUILD)/growth/traffic
	@tests/bench/growth --mxtap $(BUILD)/mxtap --traffic $(BUILD)/growth/traffic $(if $(QUICK),--quick,--write)

# The highest rate without a kernel drop, beside tcpdump's; quick form: make bench-live LIVE_MB=20 LIVE_SECONDS=1
LIVE_MB ?= 200
LIVE_SECONDS ?= 3
bench-live: deps-bench $(BUILD)/mxtap $(BUILD)/bench/$(LIVE_MB)MB.pcap
	@tests/bench/live --mxtap $(BUILD)/mxtap --seconds $(LIVE_SECONDS) $(BUILD)/bench/$(LIVE_MB)MB.pcap

# What a mail costs Redis, beside redis-benchmark on the same server; quick form: make bench-redis MAILS=20000 RUNS=1
MAILS ?= 50000
BENCH_REDIS_RUNS = $(if $(filter command,$(origin RUNS)),$(RUNS),3)
bench-redis: deps-demo $(BUILD)/tests/e2e/feed
	@tests/bench/redis --feed $(BUILD)/tests/e2e/feed --mails $(MAILS) --runs $(BENCH_REDIS_RUNS) --stats

# Live mail, two workers, Redis faults, HUPs and reloads for so many minutes: memory, drops, sums. Twice the mail: make soak PAUSE=0.0005
MINUTES ?= 5
PAUSE ?= 0.001
soak: deps-soak $(BUILD)/mxtap
	@MXTAP=$(BUILD)/mxtap tests/soak/soak $(MINUTES) --pause $(PAUSE)

# Both floods with ten million mails each and the bounds as they are: hours, and 4 GB of memory. Quick form: make soak-redis SOAK=100000
SOAK ?= 10000000
soak-redis: deps-demo $(BUILD)/tests/e2e/feed
	@MXTAP_LONG=1 FEED=$(BUILD)/tests/e2e/feed tests/e2e/flood_test.py --mails $(SOAK) every_name_new few_addresses_many_names_thirty_days

# The generator against Python's own parsers: needs no mxtap.
bench-check: $(BUILD)/bench/50MB.pcap $(BUILD)/bench/10MB-html.pcap $(BUILD)/bench/10MB-phish.pcap
	@set -e; for corpus in $^; do tests/bench/check_corpus.py $$corpus; done

clean:
	rm -rf build

-include $(DECODER_OBJ:.o=.d) $(REST_OBJ:.o=.d) $(BUILD)/tests/growth/traffic.d $(SENSOR_OBJ:.o=.d) $(UNIT:=.d) $(BUILD)/sensor/main.d $(BUILD)/tests/e2e/feed.d $(BUILD)/tests/e2e/feed_crowd.d $(BUILD)/tests/witness/html_links_cli.d $(BENCH_OBJ:.o=.d) $(addprefix $(SHOWN)/,$(OWN_OBJ:.o=.d)) $(addprefix $(TOGETHER)/,$(OWN_OBJ:.o=.d)) $(SCALING_OBJ:.o=.d) $(MEMORY_OBJ:.o=.d) $(FUZZ_DECODER_OBJ:.o=.d) $(FUZZ:%=$(BUILD)/fuzz/tests/fuzz/%.d) \
	$(FUZZ_RECORD:%=$(BUILD)/fuzz/%.d) $(FUZZ_SAVEFILE:%=$(BUILD)/fuzz/sensor/intake/%.d) $(BUILD)/fuzz/tests/fuzz/json_check.d
