// The descriptors (files, sockets) that this process may have open.
#pragma once

#include <cstdint>

namespace base {

// Raises the limit of open descriptors to what the machine allows; returns it.
std::uint64_t raise_descriptor_limit();

// Raises the limit, and makes the kernel's table of descriptors as large as it may get, up to
// 65,536 of them. Otherwise the kernel doubles the table when it is full (at 256, 512, 1,024 ...),
// and in a process with threads the one that opens the next socket waits for a grace period of all
// cores: 5 to 30 ms, measured (Linux, fs/file.c: expand_fdtable calls synchronize_rcu).
// Call before threads start: beside others it waits once itself.
// Cost: half a megabyte of the kernel's memory.
void reserve_descriptors();

}  // namespace base
