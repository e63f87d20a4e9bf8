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
ALL_LD    = -pthread -Wl,-z,now -Wl,-z,relro $(SANFLAG) $(LDFLAGS)

objs      = $(patsubst %,$(B)/%.o,$(basename $(sort $(wildcard $1))))
CORE     := $(call objs,src/base/*.c src/conf/*.c src/wire/*.c src/state/*.c src/engine/*.c)
SHIM     := $(call objs,shim/*.c shim/*.S)
CLI      := $(call objs,src/cli/*.c)
UNIT     := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))
CLIENTS  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/clients/*.c)))
TRAFFIC  := $(B)/tests/recorded/test_recorded
BENCH    := $(B)/tests/bench/bench
NODE     := build/node/node_modules/node-libcurl/lib/binding/node_libcurl.node
PRELOAD  := $(B)/libunderstudy-preload.so

all: $(B)/understudy $(PRELOAD) ## builds the command and the preload (default)

demo: $(B)/.setup-demo all ## an unmodified curl survives an outage
	$(Q)examples/demo.sh $(B)

check: $(B)/.setup-check all $(UNIT) $(TRAFFIC) $(CLIENTS) ## runs all tests
	$(Q)tests/run.sh $(B) $(UNIT) $(TRAFFIC) $(sort $(wildcard tests/*/test_*.sh tests/*/test_*.py))

unit: $(B)/.setup-check $(UNIT) ## runs the unit tests only
	$(Q)tests/run.sh $(B) $(UNIT)

check-clients: $(B)/.setup-check $(B)/.setup-clients all $(NODE) ## other people's clients of libcurl, all installed first
	$(Q)FULL=1 tests/run.sh $(B) tests/clients/test_clients.py

check-multi: $(B)/.setup-check all $(CLIENTS) ## the whole table of multi programs, of which check plays a part
	$(Q)FULL=1 tests/run.sh $(B) $(sort $(wildcard tests/clients/test_multi*.py))

check-aarch64: $(B)/.setup-check $(B)/.setup-aarch64 all ## the preload for aarch64, with Debian's libcurls, in an emulator
	$(Q)mkdir -p $(B)/aarch64 && touch $(B)/aarch64/.setup-build
	$(Q)$(MAKE) -s B=$(B)/aarch64 CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar \
	      CPPFLAGS='-idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include' \
	      $(B)/aarch64/libunderstudy-preload.so
	$(Q)tests/aarch64/root.sh $(B)/aarch64/root
	$(Q)tests/run.sh $(B)/aarch64 tests/clients/test_hygiene_doors.py tests/clients/test_hygiene_rough.py

bench: $(B)/.setup-check all $(BENCH) ## what it costs, as ratios against the bare library
	$(Q)tests/bench/bench.py $(B)

lint: $(B)/.setup-check $(B)/.setup-lint all ## layers, sizes, banned functions, exports, layout, clang
	$(Q)tests/lint/lint.py $(B)
	$(Q)$(MAKE) -s CC=clang WERROR=1 B=build/clang CFLAGS=-O1 all

install: all ## installs below DESTDIR/PREFIX
	install -D -m755 $(B)/understudy $(DESTDIR)$(PREFIX)/bin/understudy
	install -D -m755 $(PRELOAD) $(DESTDIR)$(PREFIX)/lib/understudy/libunderstudy-preload.so
	install -D -m644 src/cli/understudy.1 $(DESTDIR)$(PREFIX)/share/man/man1/understudy.1
	install -d $(DESTDIR)$(PREFIX)/share/pkgconfig
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' shim/understudy-preload.pc.in \
	    >$(DESTDIR)$(PREFIX)/share/pkgconfig/understudy-preload.pc

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/understudy $(DESTDIR)$(PREFIX)/share/man/man1/understudy.1 \
	      $(DESTDIR)$(PREFIX)/share/pkgconfig/understudy-preload.pc
	rm -rf $(DESTDIR)$(PREFIX)/lib/understudy

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

$(B)/understudy: $(CLI) $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^

# Only the interposed names leave: what symbols.def hooks, and the two side doors.
$(B)/export.map: shim/symbols.def
	@mkdir -p $(@D)
	$(Q){ echo '{ global: dlopen; dlsym;'; sed -nE 's/^(HOOK|BOTH)\((.*)\)$$/curl_\2;/p' $<; \
	      echo 'local: *; };'; } >$@

$(PRELOAD): $(SHIM) $(B)/core.a $(B)/export.map
	$(Q)$(CC) $(ALL_LD) -shared -Wl,-soname,$(@F) -Wl,--exclude-libs,ALL -Wl,--gc-sections \
	      -Wl,--version-script=$(B)/export.map $(if $(SAN),,-Wl$(COMMA)--no-undefined) \
	      -o $@ $(SHIM) $(B)/core.a

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ -lcmocka

# The mock's judges share no code with what they judge; an archive gives those that are asked for.
$(B)/mock.a: $(call objs,src/cli/mock_*.c)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(TRAFFIC): $(call objs,tests/recorded/*.c) $(B)/mock.a $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^

# Programs of users: they know libcurl and nothing of us.
$(CLIENTS) $(BENCH): $(B)/%: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -g -O1 -pthread $(SANFLAG) \
	      -o $@ $(filter %.c,$^) -lcurl -ldl $(LIBS)
$(B)/tests/clients/easy: $(wildcard tests/clients/easy/*)
$(B)/tests/clients/multi: $(wildcard tests/clients/easy/* tests/clients/multi/*)
$(B)/tests/clients/multi: LIBS := -levent_core

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

.PHONY: all demo check check-clients check-multi check-aarch64 unit bench lint install uninstall clean help
.SECONDARY:
-include $(shell find $(B) -name root -prune -o -name '*.d' -print 2>/dev/null)
