// SPDX-License-Identifier: Apache-2.0
#pragma once

// The generated loader of bpf/exec.bpf.c, with the types that both sides share before it.
#include <linux/types.h>

#include <cstdint>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#define _Static_assert static_assert
#include "platform/linux/process/bpf/kw_shared.h"
#undef _Static_assert
#include "keyward_bpf/exec.skel.h"
#pragma GCC diagnostic pop
