# understudy: GNU make. `make help` lists what it can do.
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
VERSION := 0.1.0
B       := build$(if $(SAN),/san-$(SAN))
Q       := $(if $(V),,@)

WARN    := -Wall -Wextra -Wno-unused-parameter -Wpedantic -Wshadow -Wconversion -Wundef \
           -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-align -Wvla \
           -Wformat=2 $(if $(WERROR),-Werror)
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_C   := -std=c11 -D_GNU_SOURCE -DUS_VERSION='"$(VERSION)"' -Isrc -Ishim -I$(B) -fPIC \
           -fvisibility=hidden -ffunction-sections -pthread -MMD -MP $(WARN) $(SANFLAG) $(CPPFLAGS) $(CFLAGS)
ALL_LD  := -pthread -Wl,-z,now -Wl,-z,relro $(SANFLAG) $(LDFLAGS)

objs     = $(patsubst %,$(B)/%.o,$(basename $(sort $(wildcard $1))))
CORE    := $(call objs,src/base/*.c src/conf/*.c src/wire/*.c src/state/*.c src/engine/*.c)
SHIM    := $(call objs,shim/*.c shim/*.S)
CLI     := $(call objs,src/cli/*.c)
UNIT    := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

all: $(B)/understudy $(B)/libunderstudy-preload.so

$(B)/core.a: $(CORE)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/understudy: $(CLI) $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ -lmicrohttpd

# Only the interposed names leave: what symbols.def hooks, and the two side doors.
$(B)/export.map: shim/symbols.def
	@mkdir -p $(@D)
	$(Q){ echo '{ global: dlopen; dlsym;'; sed -n 's/^HOOK(\(.*\))$$/curl_\1;/p' $<; \
	      echo 'local: *; };'; } >$@

$(B)/libunderstudy-preload.so: $(SHIM) $(B)/core.a $(B)/export.map
	$(Q)$(CC) $(ALL_LD) -shared -Wl,-soname,libunderstudy-preload.so -Wl,--exclude-libs,ALL \
	      -Wl,--version-script=$(B)/export.map -Wl,--no-undefined -Wl,--gc-sections -o $@ $(SHIM) $(B)/core.a

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/core.a
	$(Q)$(CC) $(ALL_LD) -o $@ $^ -lcmocka

# POSIX lets pointers to functions be void pointers; libcurl's options and dlsym live by that.
$(B)/shim/%.o: ALL_C += -Wno-pedantic

$(B)/%.o: %.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_C) -c -o $@ $<

unit: $(UNIT)
	$(Q)for t in $^; do $$t || exit 1; done

clean:
	rm -rf build

.PHONY: all unit clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
