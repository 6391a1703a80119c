#include "base/large_pages.h"

#include <sys/mman.h>

#include <cstdlib>

namespace medic {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;

}  // namespace

void* allocate_large(std::size_t bytes) {
  if (bytes < kLargePage) return ::operator new(bytes);
  const std::size_t whole = (bytes + kLargePage - 1) / kLargePage * kLargePage;
  void* memory = whole < bytes ? nullptr : std::aligned_alloc(kLargePage, whole);
  if (memory == nullptr) throw std::bad_alloc();
  // The last page is left to small ones: it may be nearly empty. Where the advice is refused
  // nothing is lost.
  if (whole > kLargePage) ::madvise(memory, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  return memory;
}

void free_large(void* memory, std::size_t bytes) noexcept {
  if (bytes < kLargePage)
    ::operator delete(memory);
  else
    std::free(memory);
}

}  // namespace medic
