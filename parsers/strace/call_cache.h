// What plain calls came to when they were read whole, so that the next one like it is only looked
// up: same name, same kind of outcome, same text of the arguments that somebody asks for. A
// reader's cache, kept from chunk to chunk; bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/dialect.h"
#include "parsers/strace/line_cursor.h"
#include "parsers/strace/names.h"
#include "parsers/strace/prefix.h"
#include "parsers/strace/result_cache.h"

namespace medic::parsers::strace {

// The place of a plain call in the cache.
struct KnownCall {
  std::uint64_t repeat_id = 0;  // 0: it was not read whole yet
  // The key, of a place that is free too: name, architecture and kind of outcome as one number, and
  // the text of the arguments that matter: two words where it is short, else `args`.
  std::uint64_t kind = 0;
  std::uint64_t head = 0, tail = 0;
  std::string args;
  // What came of it. The call's text and the value it returned, the place, the time and the task
  // are those of each line.
  model::Event event;
};

// A line `name(args) = result` without anything that needs a closer look.
struct PlainCall {
  KnownCall* known =
      nullptr;  // the call's own entry, with a repeat id, or the place for it, without one
  std::string_view text;    // the call without its result
  std::int64_t value = 0;   // that it returned
  bool suppressed = false;  // by its result seccomp may have killed or trapped it
};

class CallCache {
 public:
  explicit CallCache(const Options& options)
      : options_(options), names_(kNames), calls_(kCalls), repeat_id_(options.repeat_id_base) {}

  // Null: the line has to be read as any other. It may still be such a call. Good until the next
  // one is read.
  const PlainCall* read(const MarkedLine& marked, const Prefix& prefix, kernel::Arch arch);

  // How long the known name is with which the text, a call's, begins. 0: it has to be looked at
  // more closely.
  std::size_t known_name(std::string_view body, kernel::Arch arch);

  // Fills the place that read() gave with the event that the call came to, and gives the event its
  // repeat id.
  void keep(KnownCall& place, model::Event& event);

 private:
  static constexpr std::size_t kCalls = 1024, kNames = 512;  // powers of two

  // A call's name of up to sixteen bytes, and what is to be known of it. One line of a core's
  // cache.
  struct alignas(64) Name {
    std::uint64_t head = 0, tail = 0;  // its first eight bytes and the rest
    std::uint8_t size = 0;             // 0: the slot is free
    kernel::Arch arch = kernel::Arch::Unknown;
    bool plain = false;
    bool is_x86 = false;
    bool zero_is_own = false;  // on some architecture it is its number
    enum class Keyed : std::uint8_t { ByNothing, BySome, ByAll } keyed = Keyed::ByAll;
    std::uint8_t first = 0, last = 0;  // printed arguments that matter, of BySome
    std::uint64_t kind =
        0;  // its share of a KnownCall's; all of it where the call returned 0, ByNothing
    KnownCall* zero = nullptr;  // the place of that call
    NamedCall call;
    OwnNumbers own;
  };
  // Of the call with which the text begins; null: its name is none or a long one.
  const Name* name_at(std::string_view body, kernel::Arch arch);
  void learn(Name& name, std::string_view text, kernel::Arch arch);
  // looks_suppressed(), by what most results exclude of it.
  static bool is_suppressed(const Name& name, std::string_view args, const PlainResult& result);
  KnownCall& place_of(std::uint64_t hash) {
    return calls_[(hash ^ hash >> 32) >> 20 & (kCalls - 1)];
  }
  // end: of the line that the key stands in.
  KnownCall& find(const Name& name, const PlainResult& result, std::string_view key,
                  const char* end);

  const Options options_;
  std::vector<Name> names_;
  std::vector<KnownCall> calls_;
  ResultCache results_;
  PlainCall call_;           // the last one that was read
  std::uint64_t repeat_id_;  // the last one given
};

}  // namespace medic::parsers::strace
