# understudy - GNU make; `make help` lists what it can do
PREFIX   ?= /usr/local
DESTDIR  ?=
CFLAGS   ?= -O2 -g
VERSION  := 0.1.0
COMMA    := ,
B        := build$(if $(SAN),/san-$(subst $(COMMA),-,$(SAN)))
Q        := $(if $(V),,@)

WARN     := -Wall -Wextra -Wno-unused-parameter -Wpedantic -Wshadow -Wconversion -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-align -Wvla \
            -Wformat=2 $(if $(WERROR),-Werror)
SANFLAG  := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_C     = -std=c11 -D_GNU_SOURCE -DUS_VERSION='"$(VERSION)"' -Isrc -fPIC -fvisibility=hidden \
            -ffunction-sections -pthread -MMD -MP $(WARN) $(SANFLAG) $(CPPFLAGS) $(CFLAGS)
HIREDIS  ?= -l:libhiredis.a# its names stay inside
ALL_LD    = -pthread -Wl,-z,now -Wl,-z,relro $(SANFLAG) $(LDFLAGS)

objs      = $(patsubst %,$(B)/%.o,$(basename $(sort $(wildcard $1))))
CORE     := $(call objs,src/base/*.c src/conf/*.c src/wire/*.c src/state/*.c src/engine/*.c)
SHIM     := $(call objs,shim/*.c shim/*.S)
AGENT    := $(call objs,src/agent/*.c)
CLI      := $(call objs,src/cli/*.c)
UNIT     := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))
CLIENTS  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/clients/*.c)))
TRAFFIC  := $(B)/tests/recorded/test_recorded
PAIRS    := $(B)/tests/pairs/test_pairs
PLANS    := $(B)/tests/plans/test_plans
FUZZ     := $(B)/tests/fuzz/test_fuzz
BENCH    := $(B)/tests/bench/bench
PACE     := $(B)/tests/bench/wire
HEARD    := $(B)/tests/sdk/cases
EXAMPLES := $(B)/examples/agent_c $(B)/examples/agent_cpp $(B)/examples/small_c
NODE     := build/node/node_modules/node-libcurl/lib/binding/node_libcurl.node
SECONDS_EACH ?= 60
PRELOAD  := $(B)/libunderstudy-preload.so
SONAME   := libunderstudy.so.0
LIBRARY  := $(B)/$(SONAME)

all: $(B)/understudy $(PRELOAD) $(LIBRARY) ## builds the command, the preload and the library (default)

demo: $(B)/.setup-demo all ## an unmodified curl survives an outage
	$(Q)examples/demo.sh $(B)

check: $(B)/.setup-check all $(UNIT) $(PAIRS) $(PLANS) $(TRAFFIC) $(FUZZ) $(HEARD) $(CLIENTS) $(EXAMPLES) ## runs all tests
	$(Q)tests/run.sh $(B) $(UNIT) $(PAIRS) $(PLANS) $(TRAFFIC) $(FUZZ) $(sort $(wildcard tests/*/test_*.sh tests/*/test_*.py))

unit: $(B)/.setup-check $(UNIT) $(PAIRS) ## runs the unit tests only
	$(Q)tests/run.sh $(B) $(UNIT) $(PAIRS)

trials: $(B)/.setup-check $(B)/tests/unit/test_trials ## 10,000 kills and 2,000 zombies, with their counts
	$(Q)KILLS=10000 ZOMBIES=2000 CMOCKA_MESSAGE_OUTPUT=TAP $(B)/tests/unit/test_trials

check-clients: $(B)/.setup-check $(B)/.setup-clients all $(NODE) ## other people's clients of libcurl, all installed first
	$(Q)FULL=1 tests/run.sh $(B) tests/clients/test_clients.py

check-multi: $(B)/.setup-check all $(CLIENTS) ## the whole table of multi programs, of which check plays a part
	$(Q)FULL=1 tests/run.sh $(B) $(shell grep -l one_of= tests/clients/test_multi*.py)

check-sdk: $(B)/.setup-check $(B)/.setup-sdk $(HEARD) $(B)/sdk/.installed ## the official SDKs for JavaScript, installed first
	$(Q)tests/run.sh $(B) tests/sdk/test_sdk.sh

$(B)/sdk/.installed: tests/sdk/package.json tests/sdk/package-lock.json
	@mkdir -p $(@D)
	$(Q)cp tests/sdk/package*.json $(@D)
	$(Q)npm --prefix $(@D) ci --ignore-scripts --no-audit --no-fund --loglevel=error >$(@D)/npm.log 2>&1 && \
	      touch $@ || echo "the SDKs can't be had here: $(@D)/npm.log tells why"

check-aarch64: $(B)/.setup-check $(B)/.setup-aarch64 all ## the preload for aarch64, with Debian's libcurls, in an emulator
	$(Q)mkdir -p $(B)/aarch64 && touch $(B)/aarch64/.setup-build
	$(Q)$(MAKE) -s B=$(B)/aarch64 CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar \
	      CPPFLAGS='-idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include' \
	      $(B)/aarch64/libunderstudy-preload.so
	$(Q)tests/aarch64/root.sh $(B)/aarch64/root
	$(Q)tests/run.sh $(B)/aarch64 tests/clients/test_hygiene_doors.py tests/clients/test_hygiene_rough.py

torture: $(UNIT) ## half-open permits and budgets among processes that are killed: prints the counts
	$(Q)CYCLES=10000 $(B)/tests/unit/test_permits
	$(Q)$(B)/tests/unit/test_budget
	$(Q)$(B)/tests/unit/test_call_storm
	$(Q)$(B)/tests/unit/test_events

# An empty span may be NULL, and NULL + 0 is NULL: pointer-overflow would end the run for it.
fuzz: $(FUZZ) $(B)/.setup-fuzz ## every parser and translation under libFuzzer, SECONDS_EACH=60
	$(Q)mkdir -p build/fuzz && $(FUZZ) --seeds build/fuzz/seeds
	$(Q)$(MAKE) -s CC=clang SAN=fuzzer-no-link,address,undefined B=build/fuzz \
	      CFLAGS='-O1 -g -fno-sanitize=pointer-overflow -fno-sanitize-recover=undefined' \
	      build/fuzz/tests/fuzz/fuzzer
	$(Q)tests/fuzz/fuzz.sh build/fuzz $(SECONDS_EACH)

failover-bench: $(B)/.setup-check all ## the sixteen faults of Failover Bench, at their full timings
	$(Q)FULL=1 tests/scenario/test_failover.py $(B)

fault-bench: $(B)/.setup-check all $(CLIENTS) ## every fault that providers are known for, by every kind of client
	$(Q)FULL=1 tests/scenario/test_faults.py $(B)

bench: $(B)/.setup-check all $(BENCH) $(PACE) $(B)/tests/bench/saves ## what it costs, as ratios against the bare library
	$(Q)tests/bench/bench.py $(B)

lint: $(B)/.setup-check $(B)/.setup-lint all ## layers, sizes, banned functions, exports, layout, clang
	$(Q)tests/lint/lint.py $(B)
	$(Q)$(MAKE) -s CC=clang WERROR=1 B=build/clang CFLAGS=-O1 all

install: all ## installs below DESTDIR/PREFIX
	install -D -m755 $(B)/understudy $(DESTDIR)$(PREFIX)/bin/understudy
	install -D -m755 $(PRELOAD) $(DESTDIR)$(PREFIX)/lib/understudy/libunderstudy-preload.so
	install -D -m755 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libunderstudy.so
	install -D -m644 src/agent/understudy.h $(DESTDIR)$(PREFIX)/include/understudy.h
	install -d $(DESTDIR)$(PREFIX)/share/understudy
	$(B)/understudy models >$(DESTDIR)$(PREFIX)/share/understudy/models.json
	install -D -m644 src/cli/understudy.1 $(DESTDIR)$(PREFIX)/share/man/man1/understudy.1
	install -D -m644 src/agent/understudy.3 $(DESTDIR)$(PREFIX)/share/man/man3/understudy.3
	install -d $(DESTDIR)$(PREFIX)/share/pkgconfig
	for pc in shim/understudy-preload src/agent/understudy; do \
	  sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $$pc.pc.in \
	    >$(DESTDIR)$(PREFIX)/share/pkgconfig/$${pc##*/}.pc || exit 1; done

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/understudy $(DESTDIR)$(PREFIX)/share/man/man1/understudy.1 \
	      $(DESTDIR)$(PREFIX)/share/pkgconfig/understudy-preload.pc \
	      $(DESTDIR)$(PREFIX)/share/pkgconfig/understudy.pc $(DESTDIR)$(PREFIX)/share/man/man3/understudy.3 \
	      $(DESTDIR)$(PREFIX)/include/understudy.h $(DESTDIR)$(PREFIX)/lib/$(SONAME) \
	      $(DESTDIR)$(PREFIX)/lib/libunderstudy.so
	rm -rf $(DESTDIR)$(PREFIX)/lib/understudy $(DESTDIR)$(PREFIX)/share/understudy

clean: ## removes build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1 @\2/p' Makefile | column -t -s@ 2>/dev/null || \
	 sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1 - \2/p' Makefile
	@echo "  SAN=address,undefined or SAN=thread: build and check under sanitizers; V=1: say all"

# What is missing is installed once; ./setup.sh says what and why.
$(B)/.setup-%: setup.sh
	@mkdir -p $(@D)
	$(Q)./setup.sh $*
	@touch $@

# Against the system's libcurl: npm's ready-made one has one inside. Without it, its tests are skipped.
$(NODE): | $(B)/.setup-clients
	@mkdir -p build/node
	$(Q)cd build/node && npm_config_build_from_source=true npm_config_nodedir=/usr JOBS=2 timeout 600 \
	      npm install --no-audit --no-fund --foreground-scripts node-libcurl@4.0.0 >npm.log 2>&1 || \
	      echo "node-libcurl can't be built here: build/node/npm.log tells why"

$(B)/core.a: $(CORE)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/agent.a: $(AGENT)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/understudy: $(CLI) $(B)/agent.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ $(HIREDIS)

# Only what understudy.h declares leaves; it needs no other library but libc.
$(LIBRARY): $(AGENT) $(B)/core.a src/agent/understudy.map
	$(Q)$(CC) $(ALL_LD) -shared -Wl,-soname,$(SONAME) -Wl,--exclude-libs,ALL -Wl,--gc-sections \
	      -Wl,--version-script=src/agent/understudy.map $(if $(SAN),,-Wl$(COMMA)--no-undefined) \
	      -o $@ $(AGENT) $(B)/core.a $(HIREDIS)
	$(Q)ln -sf $(SONAME) $(B)/libunderstudy.so

# Only the interposed names leave: what symbols.def hooks, and the two side doors.
$(B)/export.map: shim/symbols.def
	@mkdir -p $(@D)
	$(Q){ echo '{ global: dlopen; dlsym;'; sed -nE 's/^(HOOK|BOTH)\((.*)\)$$/curl_\2;/p' $<; \
	      echo 'local: *; };'; } >$@

$(PRELOAD): $(SHIM) $(B)/core.a $(B)/export.map
	$(Q)$(CC) $(ALL_LD) -shared -Wl,-soname,$(@F) -Wl,--exclude-libs,ALL -Wl,--gc-sections \
	      -Wl,--version-script=$(B)/export.map $(if $(SAN),,-Wl$(COMMA)--no-undefined) \
	      -o $@ $(SHIM) $(B)/core.a

$(B)/tests/bench/saves: $(B)/tests/bench/saves.o $(B)/agent.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ $(HIREDIS)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/agent.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ -lcmocka $(HIREDIS)

# The mock's judges share no code with what they judge; an archive gives those that are asked for.
$(B)/mock.a: $(call objs,src/cli/mock_*.c)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Who listens to answers, and judges requests, of each dialect.
SIDES    := $(filter-out $(TRAFFIC).o,$(call objs,tests/recorded/*.c))
$(TRAFFIC): $(TRAFFIC).o $(SIDES) $(B)/mock.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^
$(PLANS): $(call objs,tests/plans/*.c) $(SIDES) $(B)/mock.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^
$(PAIRS): $(call objs,tests/pairs/*.c) $(SIDES) $(B)/mock.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^

# Fuzz targets, under either driver; count.c stands before base/mem.c.
TARGETS  := $(call objs,tests/fuzz/fuzz.c tests/fuzz/count.c tests/fuzz/reading.c \
              tests/fuzz/target_*.c) $(SIDES)
$(FUZZ): $(call objs,tests/fuzz/test_fuzz.c tests/fuzz/goldens.c) $(TARGETS) $(B)/mock.a $(B)/agent.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^

$(B)/tests/fuzz/fuzzer: $(call objs,tests/fuzz/fuzzer.c) $(TARGETS) $(B)/mock.a $(B)/agent.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -fsanitize=fuzzer -o $@ $^

$(HEARD): $(call objs,tests/sdk/cases.c tests/fuzz/goldens.c) $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^

$(PACE): $(call objs,tests/bench/wire.c) $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ -lcjson

# Programs of users: they know libcurl and nothing of us.
$(CLIENTS) $(BENCH): $(B)/%: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -g -O1 -pthread $(SANFLAG) \
	      -o $@ $(filter %.c,$^) -lcurl -ldl $(LIBS)
$(B)/tests/clients/easy: $(wildcard tests/clients/easy/*)
$(B)/tests/clients/multi: $(wildcard tests/clients/easy/* tests/clients/multi/*)
$(B)/tests/clients/multi: LIBS := -levent_core

# Programs of users of the library.
$(B)/examples/small_c: examples/small.c
$(EXAMPLES): src/agent/understudy.h $(LIBRARY)
$(B)/examples/agent_c: examples/agent.c
$(B)/examples/agent_cpp: examples/agent.cpp
$(EXAMPLES):
	@mkdir -p $(@D)
	$(Q)$(if $(filter %.cpp,$^),$(CXX) -std=c++17,$(CC) -std=c11) -D_GNU_SOURCE -Wall -Wextra \
	      -Wno-unused-parameter -O1 -g $(SANFLAG) -Isrc/agent -o $@ $(filter %.c %.cpp,$^) -L$(B) -lunderstudy -lcurl -Wl,-rpath,'$$ORIGIN/..'

# POSIX lets pointers to functions be void pointers; libcurl's options and dlsym live by that.
$(B)/shim/%.o: ALL_C += -Wno-pedantic
# A sanitizer's runtime asks our dlsym for what it needs before it is ready to watch anybody.
$(B)/shim/dl.o: SANFLAG :=

$(B)/%.o: %.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(B)/%.o: %.c | $(B)/.setup-build
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_C) -c -o $@ $<

.PHONY: all demo check check-clients check-multi check-sdk check-aarch64 unit trials torture fuzz bench failover-bench fault-bench lint install uninstall clean help
.SECONDARY:
-include $(shell find $(B) -name root -prune -o -name '*.d' -print 2>/dev/null)
