// How much this process has read so far, for whoever shows progress.
#pragma once

#include <atomic>
#include <cstdint>

namespace medic::io {

// Bytes that all readers together took from files and pipes, before decompression. Any thread may
// ask at any time.
inline std::atomic<std::uint64_t>& bytes_read() {
  static std::atomic<std::uint64_t> bytes{0};
  return bytes;
}

}  // namespace medic::io
